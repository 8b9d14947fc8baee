"""Members as a table: read in key order, a batch at a time, so that its length costs no memory. Who took it is written down."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from sqlalchemy import select

from app.actor import Actor
from app.extensions import db
from app.models import Member, MemberAccount, MemberTag, Store, Tag, Tier
from app.services import audit, phones, programmes

ROWS_AT_ONCE: Final = 500


class Vault(Protocol):
    """The part of the vault that showing a phone needs."""

    def decrypt(self, blob: bytes, *, context: str) -> str: ...


@dataclass(frozen=True)
class Exported:
    """A member as the table tells of them; `phone` masked unless it was opened."""

    member: Member
    phone: str | None
    joined_on: date
    points_balance: int
    growth_value: int
    tier: Tier
    store_code: str | None
    tags: Sequence[str]


def begin(*, tier_code: str | None, tag: str | None, whole_phones: bool, actor: Actor, now: datetime) -> None:
    """Note who takes which members, and whether with their whole phones."""
    audit.record(
        "member.export",
        actor=actor,
        object_kind="member",
        object_id=None,
        details={"tier": tier_code, "tag": tag, "whole_phones": whole_phones},
        now=now,
    )


def iter_members(*, tier_code: str | None, tag: str | None, vault: Vault | None) -> Iterator[Exported]:
    """Active members of a tier or with a tag, or all of them, longest a member first; phones whole where a vault is given."""
    after_id = 0
    while rows := _rows(after_id, tier_code=tier_code, tag=tag):
        tags = _tags([member.id for member, *_ in rows])
        for member, points_balance, growth_value, tier, store_code in rows:
            yield Exported(
                member=member,
                phone=_phone(member, vault=vault),
                joined_on=programmes.business_date(member.joined_at),
                points_balance=points_balance,
                growth_value=growth_value,
                tier=tier,
                store_code=store_code,
                tags=tags.get(member.id, []),
            )
        after_id = rows[-1][0].id


def _rows(
    after_id: int, *, tier_code: str | None, tag: str | None
) -> Sequence[tuple[Member, int, int, Tier, str | None]]:
    query = (
        select(Member, MemberAccount.points_balance, MemberAccount.growth_value, Tier, Store.code)
        .join(MemberAccount, MemberAccount.member_id == Member.id)
        .join(Tier, Tier.id == MemberAccount.tier_id)
        .outerjoin(Store, Store.id == Member.joined_store_id)
        .where(Member.status == "active", Member.id > after_id)
        .order_by(Member.id)
        .limit(ROWS_AT_ONCE)
    )
    if tier_code is not None:
        query = query.where(Tier.code == tier_code)
    if tag is not None:
        worn = select(MemberTag.member_id).join(Tag, Tag.id == MemberTag.tag_id).where(Tag.name == tag)
        query = query.where(Member.id.in_(worn))
    return db.session.execute(query).all()


def _tags(member_ids: Sequence[int]) -> dict[int, list[str]]:
    query = (
        select(MemberTag.member_id, Tag.name)
        .join(Tag, Tag.id == MemberTag.tag_id)
        .where(MemberTag.member_id.in_(member_ids))
        .order_by(MemberTag.member_id, Tag.name)
    )
    found: dict[int, list[str]] = {}
    for member_id, name in db.session.execute(query):
        found.setdefault(member_id, []).append(name)
    return found


def _phone(member: Member, *, vault: Vault | None) -> str | None:
    if vault is None or member.phone_cipher is None or member.phone_index is None:
        return member.phone_masked
    return vault.decrypt(member.phone_cipher, context=phones.cipher_context(member.phone_index))
