"""Making the members of an import's good lines: each line once, with what it brings, in the transaction that says so.

Nobody is paid for joining: they joined long ago. docs/domain/member-imports.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app import clock
from app.extensions import db
from app.models import Consent, Member, MemberAccount, MemberImport, MemberImportLine, MemberTag, Tag, Tier, TierHistory
from app.models.types import new_public_id
from app.rules.import_row import Read
from app.services import growth, member_codes, member_import_checks, phones, points, programmes
from app.services.member_imports import Vault
from app.statements import member_imports as statements

# Where these members came from, on the member and on their consent.
CHANNEL = "import"


@dataclass
class _Made:
    """A line, what it says, and the member it made; without one the reason."""

    line: MemberImportLine
    read: Read | None
    member_id: int | None = None
    reason: str | None = None


def source_of(import_id: int, line: int) -> str:
    """What a line's points and growth are booked under."""
    return f"import:{import_id}:{line}"


def make_next(row: MemberImport, *, limit: int, vault: Vault, now: datetime) -> tuple[int, int]:
    """Make the members of the next lines of a locked import: how many were made, how many passed over; 0, 0 at the end."""
    lines = db.session.scalars(
        select(MemberImportLine)
        .where(MemberImportLine.import_id == row.id, MemberImportLine.state == "ready")
        .order_by(MemberImportLine.line)
        .limit(limit)
        .execution_options(populate_existing=True)
    ).all()
    if not lines:
        return 0, 0
    today = programmes.business_date(now)
    found = [_Made(line, member_import_checks.open_line(line, vault=vault, today=today)) for line in lines]
    for one in found:
        if one.read is None:
            one.reason = "unreadable"
    _enrol([one for one in found if one.read is not None], vault=vault, now=now)
    made = [one for one in found if one.member_id is not None]
    _open(made, row=row, now=now)
    _tag(made, row=row, now=now)
    for one in made:
        _book(one, now=now)
    _settle(row, found)
    passed = sum(1 for one in found if one.reason is not None)
    return len(made), passed


def _enrol(found: Sequence[_Made], *, vault: Vault, now: datetime) -> None:
    """The members themselves. A phone that became somebody's since the check makes none: the database decides."""
    if not found:
        return
    stores = member_import_checks.places().stores
    values = [_values(one, stores=stores, vault=vault, now=now) for one in found]
    added = db.session.execute(
        insert(Member).values(values).on_conflict_do_nothing().returning(Member.id, Member.phone_index)
    )
    by_index = {index: member_id for member_id, index in added.all()}
    indexes = [value["phone_index"] for value in values]
    held = set(db.session.scalars(select(Member.phone_index).where(Member.phone_index.in_(indexes))))
    for one, index in zip(found, indexes, strict=True):
        one.member_id = by_index.get(index)
        # Neither made nor held: its code number was another's. The line stays, and draws again next time.
        if one.member_id is None and index in held:
            one.reason = "already_member"


def _values(one: _Made, *, stores: dict[str, int], vault: Vault, now: datetime) -> dict[str, Any]:
    read = _said(one)
    phone = phones.seal(phones.parse(read.phone), vault=vault)
    code = member_codes.fresh(vault=vault)
    month, day = read.birthday or (None, None)
    return {
        "public_id": new_public_id(),
        "status": "active",
        "nickname": read.nickname,
        "birth_month": month,
        "birth_day": day,
        "phone_index": phone.index,
        "phone_cipher": phone.cipher,
        "phone_masked": phone.masked,
        "locale": "zh_CN",
        "code_number": code.number,
        "code_secret_cipher": code.cipher,
        "marketing_consent": False,
        "joined_at": _joined_at(read.joined_on, now=now),
        "joined_channel": CHANNEL,
        "joined_store_id": stores.get(read.store) if read.store else None,
    }


def _joined_at(on: date | None, *, now: datetime) -> datetime:
    if on is None:
        return now
    programme = programmes.get()
    starts_at, _ = clock.business_day_bounds(on, zone=programme.zone, cut_over_hour=programme.cut_over_hour)
    return min(starts_at, now)


def _open(made: Sequence[_Made], *, row: MemberImport, now: datetime) -> None:
    """Account, tier history, and the membership consent the shop has told of; marketing consent is nobody's to assume."""
    if not made:
        return
    tier_id = db.session.execute(select(Tier.id).where(Tier.rank == 0)).scalar_one()
    ids = [one.member_id for one in made]
    zeros = dict.fromkeys(
        ("points_balance", "points_owed", "points_held", "points_seq", "growth_value", "growth_seq"), 0
    )
    db.session.execute(insert(MemberAccount).values([{"member_id": one, "tier_id": tier_id, **zeros} for one in ids]))
    history = {"tier_id": tier_id, "starts_at": now, "reason": "joined"}
    db.session.execute(insert(TierHistory).values([{"member_id": one, **history} for one in ids]))
    consent = {
        "purpose": "membership",
        "document_version": row.consent_version,
        "granted": True,
        "channel": CHANNEL,
        "recorded_at": now,
    }
    db.session.execute(insert(Consent).values([{"member_id": one, **consent} for one in ids]))


def _tag(made: Sequence[_Made], *, row: MemberImport, now: datetime) -> None:
    """Tags by name; one that nobody knew is made."""
    names = sorted({name for one in made for name in _said(one).tags})
    if not names:
        return
    author = row.started_by_id
    new = [{"public_id": new_public_id(), "name": name, "created_by_id": author, "created_at": now} for name in names]
    db.session.execute(insert(Tag).values(new).on_conflict_do_nothing(index_elements=["name"]))
    ids = dict(db.session.execute(select(Tag.name, Tag.id).where(Tag.name.in_(names))).all())
    worn = [
        {"member_id": one.member_id, "tag_id": ids[name], "added_by_id": author, "added_at": now}
        for one in made
        for name in _said(one).tags
    ]
    db.session.execute(insert(MemberTag).values(worn))


def _book(one: _Made, *, now: datetime) -> None:
    """Opening points and the growth of the tier, through the ledgers; nobody is told of a tier they had before."""
    if one.member_id is None:
        return
    source = source_of(one.line.import_id, one.line.line)
    if one.line.points:
        points.adjust(one.member_id, amount=one.line.points, source=source, now=now)
    if one.line.growth:
        growth.adjust(one.member_id, amount=one.line.growth, source=source, now=now, is_told=False)


def _settle(row: MemberImport, found: Sequence[_Made]) -> None:
    ended = [one for one in found if one.member_id is not None or one.reason is not None]
    db.session.execute(
        statements.SETTLE,
        {
            "import_id": row.id,
            "expected": "ready",
            "lines": [one.line.line for one in ended],
            "states": ["skipped" if one.member_id is None else "made" for one in ended],
            "reasons": [one.reason for one in ended],
            "member_ids": [one.member_id for one in ended],
        },
    )


def _said(one: _Made) -> Read:
    return one.read or Read()
