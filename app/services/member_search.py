"""Finding members at the console: by what they are found by exactly, and by what many share. docs/domain/members.md"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, func, literal, or_, select, union
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Member, MemberAccount, MemberTag, PartnerKey, Purchase, Store, Tag, Tier
from app.paging import Page, cut


@dataclass(frozen=True, slots=True)
class Wanted:
    """What all must hold of a member; what is None is not asked.

    `phone_tail`: the last four digits, among members of the store `store_code`: who joined or bought there.
    `member_id` also finds who stays for somebody merged away.
    """

    member_id: uuid.UUID | None = None
    phone_index: bytes | None = None
    phone_tail: str | None = None
    store_code: str | None = None
    nickname_prefix: str | None = None
    code_number: str | None = None
    order_no: str | None = None
    tag_id: uuid.UUID | None = None
    tier_code: str | None = None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A line of the console's list; the balance as last booked."""

    member: Member
    points_balance: int
    growth_value: int
    tier: Tier


def list_members(wanted: Wanted, *, after: tuple[int] | None, limit: int) -> Page[MemberRow]:
    """Active members, newest first; `after` is the internal key of the last row seen."""
    query = (
        select(Member, MemberAccount.points_balance, MemberAccount.growth_value, Tier)
        .join(MemberAccount, MemberAccount.member_id == Member.id)
        .join(Tier, Tier.id == MemberAccount.tier_id)
        .where(Member.status == "active", *_conditions(wanted))
        .order_by(Member.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(Member.id < after[0])
    rows = [MemberRow(*row) for row in db.session.execute(query)]
    return cut(rows, limit, lambda row: (row.member.id,))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked = ((condition, getattr(wanted, name)) for name, condition in _CONDITIONS.items())
    return [condition(value) for condition, value in asked if value is not None]


def _is(public_id: uuid.UUID) -> ColumnElement[bool]:
    named = aliased(Member)
    stays = select(func.coalesce(named.merged_into_id, named.id)).where(named.public_id == public_id)
    return Member.id == stays.scalar_subquery()


def _in_store(code: str) -> ColumnElement[bool]:
    store_id = select(Store.id).where(Store.code == code).scalar_subquery()
    bought = exists().where(Purchase.member_id == Member.id, Purchase.store_id == store_id)
    return or_(Member.joined_store_id == store_id, bought)


def _ordered(order_no: str) -> ColumnElement[bool]:
    # An order's number is its channel's (uq_purchase_order): asked in every channel there is.
    counters = select(literal("store:") + cast(Store.id, String))
    channels = func.array(union(counters, select(PartnerKey.channel)).scalar_subquery())
    bill = select(Purchase.member_id).where(
        Purchase.channel == func.any(channels), Purchase.order_no == order_no, Purchase.status != "voided"
    )
    return Member.id.in_(bill)


def _tagged(tag_id: uuid.UUID) -> ColumnElement[bool]:
    tag = select(Tag.id).where(Tag.public_id == tag_id).scalar_subquery()
    return Member.id.in_(select(MemberTag.member_id).where(MemberTag.tag_id == tag))


_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "member_id": _is,
    "phone_index": lambda index: Member.phone_index == index,
    "phone_tail": lambda tail: func.right(Member.phone_masked, 4) == tail,
    "store_code": _in_store,
    "nickname_prefix": lambda prefix: Member.nickname.startswith(prefix, autoescape=True),
    "code_number": lambda number: Member.code_number == number,
    "order_no": _ordered,
    "tag_id": _tagged,
    "tier_code": lambda code: MemberAccount.tier_id == select(Tier.id).where(Tier.code == code).scalar_subquery(),
}
