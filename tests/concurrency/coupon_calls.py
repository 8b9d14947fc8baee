"""What racers do with coupons; each runs in a transaction of its own."""

import uuid
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.gateways import vault as vaults
from app.services import coupon_batches, coupon_transfers, coupons, redemptions, revocations
from tests.conftest import NOON

BILL_FEN = 8_000
# 8,000 fen less 1,000: 70 yuan earn 70 points and 70 growth.
EARNED = 70


def redeem(*, visit: uuid.UUID, coupon: uuid.UUID, actor: Actor, bill_fen: int = BILL_FEN, now: datetime = NOON) -> str:
    redemption = redemptions.redeem(
        visit_public_id=visit, coupon_public_id=coupon, bill_fen=bill_fen, order_no=None, actor=actor, now=now
    )
    return str(redemption.public_id)


def undo(*, redemption: str, actor: Actor, now: datetime = NOON) -> None:
    redemptions.reverse(uuid.UUID(redemption), reason="点错了", actor=actor, now=now)


def offer(*, member_id: int, coupon: uuid.UUID, now: datetime = NOON) -> str:
    """The token of the link."""
    token = vaults.new_token()
    coupon_transfers.offer(member_id, coupon=coupon, token_hash=vaults.token_hash(token), now=now)
    return token


def accept(*, member_id: int, token: str, now: datetime = NOON) -> None:
    coupon_transfers.accept(member_id, token_hash=vaults.token_hash(token), now=now)


def expire(*, now: datetime) -> int:
    return coupons.expire_due(now=now, limit=1_000)


def revoke(*, coupon: uuid.UUID, actor: Actor, now: datetime = NOON) -> None:
    """By a person: nobody else takes a coupon back."""
    revocations.revoke_one(coupon, reason="发错了", actor=actor, now=now)


def change(*, batch: uuid.UUID, **wanted: Any) -> None:
    coupon_batches.change(batch, actor=Actor.system(), now=NOON, **wanted)


def issue(*, member_id: int, batch_id: int, sources: list[str]) -> int:
    """One copy per source, in one transaction: all or none."""
    for source in sources:
        coupons.issue(member_id, batch_id=batch_id, source=source, now=NOON, actor=Actor.system())
    return len(sources)
