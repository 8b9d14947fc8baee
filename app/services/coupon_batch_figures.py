"""Coupon batches as they are told: their terms, what they have given, and what became of it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from app.extensions import db
from app.models import Coupon, CouponBatch, CouponTemplate, MemberList, Payer
from app.paging import Page, cut
from app.services import coupon_stock, payers


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A batch with its terms and what it has given so far: copies, and fen of budget."""

    batch: CouponBatch
    template: CouponTemplate
    issued: int
    committed_fen: int
    payer: Payer | None = None
    # The members it is for, when it is not for all.
    member_list: MemberList | None = None

    @property
    def stock_left(self) -> int:
        """Copies that stock and budget still allow."""
        money = self.batch.budget_fen - self.committed_fen
        return min(self.batch.stock - self.issued, money // self.template.worth_fen)


def tell(batch: CouponBatch) -> Printed:
    """A batch with its figures."""
    template = db.session.get_one(CouponTemplate, batch.template_id)
    whom = None if batch.member_list_id is None else db.session.get_one(MemberList, batch.member_list_id)
    return tell_all([(batch, template, payers.find(batch.payer_id), whom)])[0]


def list_batches(
    *,
    after: tuple[int] | None,
    limit: int,
    status: str | None = None,
    how: str | None = None,
    family_id: uuid.UUID | None = None,
) -> Page[Printed]:
    """Newest first; by status, by how they are handed out, of one template. `after` is the id of the last row seen."""
    query = (
        select(CouponBatch, CouponTemplate, Payer, MemberList)
        .join(CouponTemplate, CouponTemplate.id == CouponBatch.template_id)
        .outerjoin(Payer, Payer.id == CouponBatch.payer_id)
        .outerjoin(MemberList, MemberList.id == CouponBatch.member_list_id)
        .order_by(CouponBatch.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(CouponBatch.id < after[0])
    asked = ((CouponBatch.status, status), (CouponBatch.how, how), (CouponBatch.family_id, family_id))
    query = query.where(*(column == value for column, value in asked if value is not None))
    rows = [(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)]
    return cut(tell_all(rows), limit, lambda printed: (printed.batch.id,))


def count_by_status(batch: CouponBatch, *, now: datetime) -> dict[str, int]:
    """How many of a batch's coupons are active, redeemed, expired, revoked, given on at `now`."""
    lapsed = and_(Coupon.status == "active", Coupon.expires_at <= now)
    row = db.session.execute(
        select(
            func.count().filter(Coupon.status == "active", Coupon.expires_at > now).label("active"),
            func.count().filter(Coupon.status == "redeemed").label("redeemed"),
            func.count().filter(or_(Coupon.status == "expired", lapsed)).label("expired"),
            func.count().filter(Coupon.status == "revoked").label("revoked"),
            func.count().filter(Coupon.status == "given").label("given"),
        ).where(Coupon.batch_id == batch.id)
    ).one()
    return dict(row._mapping)


def tell_all(rows: Sequence[tuple[CouponBatch, CouponTemplate, Payer | None, MemberList | None]]) -> list[Printed]:
    """Batches with their figures: one more query for any number of them."""
    given = coupon_stock.given_by([batch.id for batch, *_ in rows])
    return [
        Printed(
            batch=batch,
            template=template,
            issued=given[batch.id].issued,
            committed_fen=given[batch.id].committed_fen,
            payer=payer,
            member_list=member_list,
        )
        for batch, template, payer, member_list in rows
    ]
