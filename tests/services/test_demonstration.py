"""The demo shop: whole, valid, and written once."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Campaign, CouponBatch, Member, Staff, Store
from app.services import demonstration, member_codes
from app.wiring import parts
from tests.conftest import NOON
from tests.factories.members import seal


def seed() -> list[dict[str, str]]:
    return demonstration.seed(
        password_hash="x", seal_phone=seal, new_code=lambda: member_codes.fresh(vault=parts().vault), now=NOON
    )


def test_seeding_twice_writes_one_shop(db_session: Session) -> None:
    first = seed()
    counts = [db_session.scalar(select(func.count()).select_from(kind)) for kind in (Store, Staff, Member, CouponBatch)]
    assert counts == [2, 5, 6, 2]
    assert seed() == first
    again = [db_session.scalar(select(func.count()).select_from(kind)) for kind in (Store, Staff, Member, CouponBatch)]
    assert again == counts
    assert db_session.scalars(select(Campaign.state)).all() == ["running"]
