"""CRMEB: a coupon has a limit per user, and no line of code reads it.

Here nobody has to read it: a copy carries the limit of its batch by foreign key and stands in a numbered slot within it, so the
one above the limit has no place, whichever way the copies are handed out."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import Coupon, CouponBatch
from app.services import coupon_codes, coupons
from tests.conftest import NOON
from tests.factories.codes import hash_of, make_codes
from tests.factories.coupons import make_batch
from tests.factories.members import make_member

LIMIT = 2


def claim(member_id: int, batch: CouponBatch, n: int) -> object:
    return coupons.claim(member_id, batch_public_id=batch.public_id, now=NOON)


def issue(member_id: int, batch: CouponBatch, n: int) -> object:
    return coupons.issue(member_id, batch_id=batch.id, source=f"issue:{n}", now=NOON, actor=Actor.system())


def type_code(member_id: int, batch: CouponBatch, n: int) -> object:
    _, (code,) = make_codes(1, batch=batch)
    return coupon_codes.use(member_id, code_hash=hash_of(code), now=NOON, actor=Actor.system())


@pytest.mark.parametrize(
    ("how", "take"), [("claim", claim), ("issue", issue), ("birthday", issue), ("code", type_code)]
)
def test_the_limit_holds_for_every_way_to_a_copy(
    db_session: Session, now: datetime, how: str, take: Callable[[int, CouponBatch, int], object]
) -> None:
    member, batch = make_member(), make_batch(how=how, stock=100, per_member_limit=LIMIT)
    for n in range(LIMIT):
        take(member.id, batch, n)
    for n in range(LIMIT, LIMIT + 3):
        with pytest.raises(e.ClaimLimitReached):
            take(member.id, batch, n)
    assert db_session.scalar(select(func.count()).select_from(Coupon)) == LIMIT


@pytest.mark.parametrize("forged", [{"slot": LIMIT + 1}, {"slot": 1}, {"slot": LIMIT + 1, "per_member_limit": 99}])
def test_the_database_has_no_place_for_one_more(db_session: Session, now: datetime, forged: dict[str, int]) -> None:
    """As if a new way to a copy had forgotten the limit, like theirs."""
    member, batch = make_member(), make_batch(stock=100, per_member_limit=LIMIT)
    first = db_session.scalars(select(Coupon).where(Coupon.id == claim_id(member.id, batch))).one()
    copied = {key: getattr(first, key) for key in inspect(Coupon).column_attrs.keys() if key not in ("id", "public_id")}  # noqa: SIM118
    with pytest.raises(IntegrityError), db_session.begin_nested():
        db_session.add(Coupon(**{**copied, "source": "forgotten", **forged}))
        db_session.flush()


def claim_id(member_id: int, batch: CouponBatch) -> int:
    return coupons.claim(member_id, batch_public_id=batch.public_id, now=NOON).id
