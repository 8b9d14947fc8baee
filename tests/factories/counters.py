"""A counter with its clerk and a customer, as services know them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.actor import Actor
from app.extensions import db
from app.models import Checkout, Coupon, Member, MemberAccount, Staff, Store
from app.services import checkout_quotes, checkouts, programmes
from app.services.checkout_bills import RungUp
from app.services.checkout_quotes import Quote
from app.services.purchases import BillLine
from app.services.wallet import HeldCoupon
from tests.conftest import NOON
from tests.factories.coupons import at_counter, give_coupon, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store


@dataclass
class Counter:
    """One store, one clerk, one member."""

    store: Store
    clerk: Staff
    member: Member

    @property
    def actor(self) -> Actor:
        """The clerk, signed in."""
        return at_counter(self.clerk, self.store)

    def manager(self) -> Actor:
        """A manager of the same store."""
        return at_counter(make_staff("manager", at=[self.store]), self.store)

    def coupon(self, *, now: datetime = NOON, **terms: Any) -> HeldCoupon:
        """The member's, with terms as for make_template."""
        return give_coupon(self.member, now=now, **terms)

    def visit(self, *, now: datetime = NOON) -> uuid.UUID:
        """A scan."""
        return open_visit(self.member, clerk=self.clerk, store=self.store, now=now).public_id

    def quote(
        self,
        coupons: Sequence[HeldCoupon] | None = None,
        *,
        bill_fen: int = 10_000,
        lines: Sequence[BillLine] = (),
        points: int = 0,
        visit: uuid.UUID | None = None,
        actor: Actor | None = None,
        now: datetime = NOON,
    ) -> Quote:
        """A bill of 100 yuan, looked at."""
        return checkout_quotes.quote(
            visit or self.visit(now=now),
            RungUp(bill_fen=bill_fen, lines=lines),
            coupon_ids=None if coupons is None else [one.public_id for one in coupons],
            pay_points=points,
            actor=actor or self.actor,
            now=now,
        )

    def settle(
        self,
        coupons: Sequence[HeldCoupon] = (),
        *,
        bill_fen: int = 10_000,
        lines: Sequence[BillLine] = (),
        points: int = 0,
        order_no: str | None = None,
        visit: uuid.UUID | None = None,
        actor: Actor | None = None,
        now: datetime = NOON,
    ) -> Checkout:
        """A bill of 100 yuan, settled."""
        return checkouts.settle(
            visit or self.visit(now=now),
            RungUp(bill_fen=bill_fen, lines=lines, order_no=order_no),
            coupon_ids=[one.public_id for one in coupons],
            pay_points=points,
            actor=actor or self.actor,
            now=now,
        )

    def undo(self, named: uuid.UUID, *, now: datetime = NOON, actor: Actor | None = None) -> Checkout:
        """The bill of that name."""
        return checkouts.reverse(named, reason="点错了", actor=actor or self.actor, now=now)

    def standing(self) -> tuple[int, int]:
        """(points, growth)."""
        account = db.session.get_one(MemberAccount, self.member.id, populate_existing=True)
        return account.points_balance, account.growth_value


def make_counter() -> Counter:
    """A new one."""
    store = make_store()
    return Counter(store, make_staff(at=[store]), make_member())


def row_of(coupon: HeldCoupon) -> Coupon:
    """The coupon as it stands."""
    query = select(Coupon).where(Coupon.id == coupon.id).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def set_programme(**settings: Any) -> None:
    """Change the shop's policy."""
    for name, value in settings.items():
        setattr(programmes.get(), name, value)
    db.session.flush()
