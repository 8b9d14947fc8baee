"""Unique codes and gifts, made through the real services."""

import uuid

from app.actor import Actor
from app.gateways import vault as vaults
from app.models import CouponBatch, CouponCodeRun, Member
from app.rules import coupon_code
from app.services import coupon_code_runs, coupon_codes, coupon_transfers
from app.wiring import parts
from tests.conftest import NOON
from tests.factories.coupons import make_batch


def make_codes(wanted: int = 3, *, batch: CouponBatch | None = None) -> tuple[CouponCodeRun, list[str]]:
    """A finished run and its codes as printed."""
    batch = batch or make_batch(how="code", per_member_limit=100)
    run = coupon_code_runs.plan(batch.public_id, wanted=wanted, actor=Actor.system(), now=NOON)
    while coupon_code_runs.make_next(vault=parts().vault, limit=1000, now=NOON):
        pass
    return run, [coupon_code.shown(one.code) for one in coupon_code_runs.iter_codes(run, vault=parts().vault)]


def hash_of(code: str) -> bytes:
    """What the services take of a printed code."""
    return coupon_codes.hash_of(coupon_code.parse(code), vault=parts().vault)


def share(member: Member, coupon: uuid.UUID) -> str:
    """The token of a gift just promised."""
    token = vaults.new_token()
    coupon_transfers.offer(member.id, coupon=coupon, token_hash=vaults.token_hash(token), now=NOON)
    return token
