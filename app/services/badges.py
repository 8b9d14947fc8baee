"""Achievement badges: reached when a fact about the member comes to its target, awarded once, kept for good.

Reasons: docs/domain/badges.md. Events award what they can change; a tick looks at everybody once for a new badge, and every
day at those whose month of membership came round.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.actor import Actor
from app.database_errors import constraint_name
from app.errors import NameTaken, NotFound
from app.extensions import db
from app.models import Badge
from app.plain_statements import Plain, fetch_all
from app.rules import badge_rules
from app.services import audit, calendars, programmes
from app.services.calendars import Calendar
from app.statements import badges as statements


@dataclass(frozen=True)
class Achievement:
    """A badge as one member sees it; `awarded_at` is None while it is still ahead."""

    code: str
    name: str
    name_en: str
    emblem: str
    fact: str
    target: int
    current: int
    progress_bp: int
    awarded_at: datetime | None


@dataclass(frozen=True)
class Settled:
    """One step of a tick: members looked at and badges awarded."""

    looked_at: int
    awarded: int


def award(member_id: int, *, facts: Collection[str], now: datetime, calendar: Calendar | None = None) -> list[str]:
    """Award what the member has reached in these facts and tell it as events; returns the new badges' codes.

    A badge is awarded once, so a repeat changes nothing. Called in the transaction of the event that changed the facts;
    `calendar` spares a look when that transaction has read it.
    """
    # What was added through the ORM must be there to be counted.
    db.session.flush()
    return [
        row.code
        for row in fetch_all(*awarding(member_id, facts=facts, now=now, calendar=calendar or calendars.fresh()))
    ]


def awarding(member_id: int, *, facts: Collection[str], now: datetime, calendar: Calendar) -> Plain:
    """The statement of `award`; what was written before it is counted."""
    return statements.AWARD, {"member_id": member_id, "facts": sorted(facts), "now": now, **_calendar(now, calendar)}


def list_achievements(member_id: int, *, now: datetime) -> list[Achievement]:
    """Every badge given out, and those the member has: one query. A badge had is never less than reached."""
    rows = db.session.execute(statements.PROGRESS, {"member_id": member_id, **_calendar(now)})
    return [
        Achievement(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            emblem=row.emblem,
            fact=row.fact,
            target=row.target,
            current=row.current,
            progress_bp=10_000 if row.awarded_at else badge_rules.progress_bp(row.current, target=row.target),
            awarded_at=row.awarded_at,
        )
        for row in rows
    ]


def list_all() -> Sequence[Badge]:
    """Every badge, given out or not, by fact and target."""
    return db.session.scalars(select(Badge).order_by(Badge.fact, Badge.target)).all()


def get_by_code(code: str) -> Badge:
    """Raises NotFound."""
    badge = db.session.scalar(select(Badge).where(Badge.code == code))
    if badge is None:
        raise NotFound(kind="badge")
    return badge


def create(values: dict[str, Any], *, actor: Actor, now: datetime) -> Badge:
    """Add a badge; the tick awards it to everybody who has reached it already. Raises NameTaken (code, or fact and target)."""
    badge = Badge(**values, created_at=now)
    _look_at_everybody(badge, now)
    try:
        with db.session.begin_nested():
            db.session.add(badge)
    except IntegrityError as error:
        if constraint_name(error) in ("uq_badge_code", "uq_badge_fact_target"):
            raise NameTaken from error
        raise
    audit.record("badge.create", actor=actor, object_kind="badge", object_id=badge.id, details=values, now=now)
    return badge


def change(public_id: uuid.UUID, changes: dict[str, Any], *, actor: Actor, now: datetime) -> Badge:
    """Change name or emblem, or whether it is given out; who has it keeps it. Raises NotFound."""
    badge = db.session.scalar(select(Badge).where(Badge.public_id == public_id).with_for_update())
    if badge is None:
        raise NotFound(kind="badge")
    before = {key: getattr(badge, key) for key in changes}
    for key, value in changes.items():
        setattr(badge, key, value)
    if changes.get("is_active") and not before["is_active"]:
        _look_at_everybody(badge, now)
    details = {"before": before, "after": changes}
    audit.record("badge.update", actor=actor, object_kind="badge", object_id=badge.id, details=details, now=now)
    return badge


def settle_next(*, now: datetime, limit: int) -> Settled | None:
    """Look at the next `limit` members for a badge not everybody was looked at for; None when there is no such badge."""
    badge = db.session.execute(statements.NEXT_TO_SETTLE).one_or_none()
    if badge is None:
        return None
    values = {"badge_id": badge.id, "target": badge.target, "after_id": badge.settling_after_id, "limit": limit}
    row = db.session.execute(statements.SETTLE[badge.fact], {**values, "now": now, **_calendar(now)}).one()
    return Settled(row.looked_at, row.awarded)


def award_months(*, now: datetime) -> Settled | None:
    """Award one badge of membership to whose months came round since the last look; None when all are looked at.

    Late, early or twice: the last date looked at is kept with the badge, in the same transaction.
    """
    programme = programmes.get()
    today = programmes.business_date(now)
    badge = db.session.execute(statements.MONTHS_TO_LOOK_AT, {"today": today}).one_or_none()
    if badge is None:
        return None
    joined_from, joined_until = (
        clock.business_day_bounds(
            badge_rules.joined_by(on, months=badge.target), zone=programme.zone, cut_over_hour=programme.cut_over_hour
        )[1]
        for on in (badge.months_through, today)
    )
    window = {"joined_from": joined_from, "joined_until": joined_until, "today": today}
    awarded = db.session.scalar(
        statements.AWARD_MONTHS, {"badge_id": badge.id, **window, "now": now, "business_date": today}
    )
    return Settled(0, awarded or 0)


def _look_at_everybody(badge: Badge, now: datetime) -> None:
    badge.settling_after_id, badge.months_through = 0, programmes.business_date(now)


def _calendar(now: datetime, calendar: Calendar | None = None) -> dict[str, Any]:
    calendar = calendar or calendars.fresh()
    return {
        "business_date": calendar.date_of(now),
        "zone": calendar.zone,
        "cut_over_hour": calendar.cut_over_hour,
    }
