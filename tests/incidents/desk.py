"""A counter with its clerk, and what a coupon and a member stand at, for stories told in a few lines."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import select

from app.actor import Actor
from app.extensions import db
from app.models import Coupon, Member, MemberAccount, Staff, Store
from app.services import redemptions
from app.services.wallet import HeldCoupon
from tests.conftest import NOON
from tests.factories.coupons import at_counter, open_visit
from tests.factories.staff import make_staff, make_store


@dataclass(frozen=True)
class Desk:
    """One clerk of one store."""

    store: Store
    clerk: Staff

    @classmethod
    def make(cls) -> Self:
        """A store of its own."""
        store = make_store()
        return cls(store, make_staff(at=[store]))

    @property
    def actor(self) -> Actor:
        """The clerk, signed in."""
        return at_counter(self.clerk, self.store)

    def visit(self, member: Member, *, now: datetime = NOON) -> uuid.UUID:
        """A scan."""
        return open_visit(member, clerk=self.clerk, store=self.store, now=now).public_id

    def redeem(
        self,
        member: Member,
        coupon: HeldCoupon,
        *,
        bill_fen: int = 8_000,
        order_no: str | None = None,
        visit: uuid.UUID | None = None,
        now: datetime = NOON,
    ) -> uuid.UUID:
        """A bill with a coupon; the redemption's id."""
        return redemptions.redeem(
            visit_public_id=visit or self.visit(member, now=now),
            coupon_public_id=coupon.public_id,
            bill_fen=bill_fen,
            order_no=order_no,
            actor=self.actor,
            now=now,
        ).public_id

    def undo(self, redemption: uuid.UUID, *, now: datetime = NOON) -> None:
        """By the same clerk."""
        redemptions.reverse(redemption, reason="点错了", actor=self.actor, now=now)


def used(coupon: HeldCoupon) -> tuple[str, int]:
    """(status, uses had), as the row stands."""
    row = db.session.scalars(
        select(Coupon).where(Coupon.id == coupon.id).execution_options(populate_existing=True)
    ).one()
    return row.status, row.used


def standing(member: Member) -> tuple[int, int, int]:
    """(points, owed, growth)."""
    account = db.session.get_one(MemberAccount, member.id, populate_existing=True)
    return account.points_balance, account.points_owed, account.growth_value
