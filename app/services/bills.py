"""Bills as they are told: what was paid, what it earned, what refunds took back; singly, and by store and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select

from app import clock
from app.errors import NotFound
from app.extensions import db
from app.models import Earning, EarningRule, Member, Purchase
from app.paging import Page, cut
from app.services import programmes, purchases


@dataclass(frozen=True, slots=True)
class Earned:
    """Whole points and growth value an event paid, and how much of it refunds took back since."""

    points: int = 0
    growth: int = 0
    points_taken_back: int = 0
    growth_taken_back: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Bill:
    """A purchase with its consequences; the member's name and masked phone only where the reader may see them."""

    purchase: Purchase
    earned: Earned
    member_nickname: str | None = None
    phone_masked: str | None = None


def get_by_order(channel: str, order_no: str) -> Bill:
    """The live bill of an order number in a channel. Raises NotFound."""
    purchase = purchases.find_by_order(channel, order_no)
    if purchase is None:
        raise NotFound(kind="purchase")
    return tell(purchase)


def tell(purchase: Purchase) -> Bill:
    """A bill with what it earned."""
    return Bill(purchase=purchase, earned=_earned_by([purchase]).get(purchase.id, Earned()))


def get_of_store(public_id: object, *, store_id: int) -> Purchase:
    """A bill of one store. Raises NotFound, alike for an unknown bill and another store's."""
    purchase = db.session.scalar(select(Purchase).where(Purchase.public_id == public_id, Purchase.store_id == store_id))
    if purchase is None:
        raise NotFound(kind="purchase")
    return purchase


def list_of_day(store_id: int, *, on: date, after: tuple[datetime, int] | None, limit: int) -> Page[Bill]:
    """A store's bills of a business date, newest first, voided ones too (ix_purchase_store_id_occurred_at)."""
    programme = programmes.get()
    starts_at, ends_at = clock.business_day_bounds(on, zone=programme.zone, cut_over_hour=programme.cut_over_hour)
    query = (
        select(Purchase, Member.nickname, Member.phone_masked)
        .outerjoin(Member, Member.id == Purchase.member_id)
        .where(Purchase.store_id == store_id, Purchase.occurred_at >= starts_at, Purchase.occurred_at < ends_at)
        .order_by(Purchase.occurred_at.desc(), Purchase.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        at, last_id = after
        query = query.where(or_(Purchase.occurred_at < at, and_(Purchase.occurred_at == at, Purchase.id < last_id)))
    page = cut(db.session.execute(query).all(), limit, lambda row: (row[0].occurred_at, row[0].id))
    earned = _earned_by([row[0] for row in page.items])
    return page.map(
        lambda row: Bill(
            purchase=row[0],
            earned=earned.get(row[0].id, Earned()),
            member_nickname=row.nickname,
            phone_masked=row.phone_masked,
        )
    )


def _earned_by(bills: Sequence[Purchase]) -> dict[int, Earned]:
    """One query for a whole page (ix_earning_source)."""
    by_source = {f"purchase:{one.id}": one.id for one in bills}
    rows = db.session.execute(
        select(
            Earning.source,
            EarningRule.ledger,
            func.sum(Earning.amount).label("amount"),
            func.sum(Earning.taken_back).label("taken_back"),
        )
        .join(EarningRule, EarningRule.id == Earning.rule_id)
        .where(Earning.source.in_(by_source))
        .group_by(Earning.source, EarningRule.ledger)
    ).all()
    sums: dict[int, dict[str, int]] = {}
    for row in rows:
        mine = sums.setdefault(by_source[row.source], {})
        mine[row.ledger] = int(row.amount)
        mine[f"{row.ledger}_taken_back"] = int(row.taken_back)
    return {purchase_id: Earned(**mine) for purchase_id, mine in sums.items()}
