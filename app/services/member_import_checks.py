"""Looking at an import's lines: every line is ready, a member's already, or told what is wrong with it. Nobody is made here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from app.errors import PhoneInvalid, Unavailable
from app.extensions import db
from app.models import Member, MemberImport, MemberImportLine, Store, Tier
from app.rules import import_row
from app.rules.import_row import Fault, Read
from app.services import member_imports, phones, programmes, tier_moves
from app.services.member_imports import Vault
from app.statements import member_imports as statements


@dataclass(frozen=True)
class Places:
    """What codes and names in a file stand for: tiers with the growth they begin at, open stores."""

    growth: dict[str, int]
    stores: dict[str, int]


@dataclass
class _Judged:
    """A line's verdict."""

    line: int
    read: Read
    phone_index: bytes | None = None
    faults: list[Fault] = field(default_factory=list)
    state: str = "ready"
    reason: str | None = None


def places() -> Places:
    """Tiers by code and both names, stores by code, as they are now."""
    thresholds = {step.id: step.growth_threshold for step in tier_moves.in_force().steps}
    growth: dict[str, int] = {}
    for tier in db.session.scalars(select(Tier)):
        growth |= dict.fromkeys((tier.code, tier.name, tier.name_en), thresholds.get(tier.id, 0))
    stores = dict(db.session.execute(select(Store.code, Store.id).where(Store.is_active)).all())
    return Places(growth, stores)


def check_next(row: MemberImport, *, limit: int, vault: Vault, now: datetime) -> int:
    """Judge the next lines of a locked import; returns how many, 0 when all are judged."""
    lines = db.session.scalars(
        select(MemberImportLine)
        .where(MemberImportLine.import_id == row.id, MemberImportLine.state == "waiting")
        .order_by(MemberImportLine.line)
        .limit(limit)
        .execution_options(populate_existing=True)
    ).all()
    if not lines:
        return 0
    known, today = places(), programmes.business_date(now)
    judged = [_judge(line, known=known, vault=vault, today=today) for line in lines]
    _refuse_repeats(row, judged)
    _pass_over_members(judged)
    _write(row, judged, known=known)
    return len(judged)


def open_line(line: MemberImportLine, *, vault: Vault, today: date) -> Read | None:
    """What a sealed line says; None when it can no longer be read."""
    if line.cipher is None:
        return None
    try:
        text = vault.decrypt(line.cipher, context=member_imports.context(line.import_id, line.line))
    except Unavailable:
        return None
    return import_row.read(json.loads(text), today=today)


def _judge(line: MemberImportLine, *, known: Places, vault: Vault, today: date) -> _Judged:
    read = open_line(line, vault=vault, today=today)
    if read is None:
        return _Judged(line.line, Read(), faults=[Fault("phone", "unreadable")])
    found = _Judged(line.line, read, faults=list(read.faults))
    if read.phone:
        try:
            found.phone_index = phones.index_of(phones.parse(read.phone), vault=vault)
        except PhoneInvalid:
            found.faults.append(Fault("phone", "phone_invalid"))
    if read.tier is not None and read.tier not in known.growth:
        found.faults.append(Fault("tier", "tier_unknown"))
    if read.store is not None and read.store not in known.stores:
        found.faults.append(Fault("store", "store_unknown"))
    return found


def _refuse_repeats(row: MemberImport, judged: Sequence[_Judged]) -> None:
    """Of good lines with one phone the first counts."""
    indexes = [one.phone_index for one in judged if one.phone_index]
    query = select(MemberImportLine.phone_index).where(
        MemberImportLine.import_id == row.id, MemberImportLine.phone_index.in_(indexes)
    )
    seen = set(db.session.scalars(query))
    for one in judged:
        if one.phone_index in seen:
            one.faults.append(Fault("phone", "phone_repeated"))
        elif one.phone_index is not None and not one.faults:
            seen.add(one.phone_index)


def _pass_over_members(judged: Sequence[_Judged]) -> None:
    indexes = [one.phone_index for one in judged if one.phone_index]
    held = set(db.session.scalars(select(Member.phone_index).where(Member.phone_index.in_(indexes))))
    for one in judged:
        if one.faults:
            one.state = "faulty"
        elif one.phone_index in held:
            one.state, one.reason = "known", "already_member"


def _write(row: MemberImport, judged: Sequence[_Judged], *, known: Places) -> None:
    growths = [_growth(one, known) for one in judged]
    db.session.execute(
        statements.JUDGE,
        {
            "import_id": row.id,
            "lines": [one.line for one in judged],
            "states": [one.state for one in judged],
            "phone_indexes": [one.phone_index if one.state == "ready" else None for one in judged],
            "points": [one.read.points if one.state == "ready" else 0 for one in judged],
            "growths": growths,
            "faults": [json.dumps([vars(fault) for fault in one.faults]) for one in judged],
            "reasons": [one.reason for one in judged],
        },
    )
    row.ready_points += sum(one.read.points for one in judged if one.state == "ready")
    row.ready_growth += sum(growths)


def _growth(one: _Judged, known: Places) -> int:
    if one.state != "ready" or one.read.tier is None:
        return 0
    return known.growth[one.read.tier]
