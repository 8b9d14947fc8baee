"""Benefits of campaigns: a coupon, points or both, once per member and occurrence, with the message or without it.

The coupon, the points and the row that tells of them are one transaction under the member's account's lock (I4).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Row

from app.errors import BatchExhausted, BudgetExhausted, NotFound, RuleBroken
from app.extensions import db
from app.models import CouponBatch
from app.services import coupons, points
from app.statements import campaign_benefits as statements

# Batches a campaign may give from.
WAYS: Final = ("issue",)


@dataclass(frozen=True, slots=True)
class BenefitKey:
    """Whose benefit of which occurrence."""

    campaign_id: int
    occurrence: str
    member_id: int

    @property
    def source(self) -> str:
        """Names it in the ledgers: its repeat gives nothing."""
        return f"campaign:{self.campaign_id}:{self.occurrence}"

    @property
    def row(self) -> dict[str, int | str]:
        """The delivery, as the statements name it."""
        return {"campaign_id": self.campaign_id, "occurrence": self.occurrence, "member_id": self.member_id}


def list_due(*, limit: int, after: BenefitKey | None = None) -> list[BenefitKey]:
    """Benefits that everyone of an audience gets, message or not, still to be given; those behind `after`."""
    last = after or BenefitKey(0, "", 0)
    rows = db.session.execute(
        statements.DUE,
        {
            "after_campaign_id": last.campaign_id,
            "after_member_id": last.member_id,
            "after_occurrence": last.occurrence,
            "limit": limit,
        },
    )
    return [BenefitKey(row.campaign_id, row.occurrence, row.member_id) for row in rows]


def give(key: BenefitKey, *, now: datetime) -> str:
    """Give one that is due; returns how it stands: given, refused, or due when its campaign was paused meanwhile.

    Refused takes a message not sent yet with it. A repeat changes nothing."""
    points.lock_account(key.member_id)
    row = db.session.execute(statements.LOCK, key.row).one_or_none()
    if row is None or row.benefit != "due":
        return "refused" if row is None else row.benefit or "refused"
    if row.campaign_state not in ("running", "done"):
        return "due"
    return _settle(key, row, now=now)


def give_with_message(key: BenefitKey, *, now: datetime) -> bool:
    """Give it in the transaction that sends the message; False when it could not be, and the message must not leave.

    The caller holds the member's account (`lock`), then the delivery's row."""
    row = db.session.execute(statements.LOCK, key.row).one()
    if row.benefit in ("given", "refused"):
        return bool(row.benefit == "given")
    return _settle(key, row, now=now) == "given"


def lock(member_id: int) -> None:
    """Take the member's account before the delivery's row: the order of everybody who gives."""
    points.lock_account(member_id)


def withdraw_cancelled(*, limit: int) -> int:
    """End up to `limit` benefits that cancelled campaigns still owed; returns how many."""
    return len(db.session.execute(statements.WITHDRAW, {"limit": limit}).all())


def merge(from_member_id: int, to_member_id: int) -> None:
    """What the merged member was given is not given to the kept one again. Before the deliveries move."""
    db.session.execute(statements.GIVEN_BEFORE, {"merged": from_member_id, "kept": to_member_id})


def end_left(merged_member_id: int) -> None:
    """Nobody is owed what stays with a merged member. After the deliveries moved."""
    db.session.execute(statements.END_LEFT, {"merged": merged_member_id})


def _settle(key: BenefitKey, row: Row[tuple[object, ...]], *, now: datetime) -> str:
    benefit = "given" if _give(key, row, now=now) else "refused"
    db.session.execute(statements.SETTLE, {**key.row, "benefit": benefit, "now": now})
    return benefit


def _give(key: BenefitKey, row: Row[tuple[object, ...]], *, now: datetime) -> bool:
    try:
        # A savepoint: both or nothing, and a refusal must not undo the row that tells of it.
        with db.session.begin_nested():
            if row.coupon_batch_id is not None:
                batch = db.session.get_one(CouponBatch, row.coupon_batch_id)
                coupons.give(key.member_id, batch=batch.public_id, ways=WAYS, source=key.source, now=now)
            if row.points_gift is not None:
                points.earn(key.member_id, amount=row.points_gift, source=key.source, now=now)
    except (BatchExhausted, BudgetExhausted, NotFound, RuleBroken):
        return False
    return True
