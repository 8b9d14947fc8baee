"""Writing down, in the event's own transaction, which coupons it brings; a tick gives them. docs/domain/coupon-automations.md"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.extensions import db
from app.rules import coupon_automation as rules
from app.rules.coupon_automation import Happening
from app.statements import coupon_owing as statements


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """Something that happened to a member; `name` is what "once" means for it."""

    member_id: int
    name: str
    happening: Happening


def owe(event: str, occurrences: Sequence[Occurrence], *, now: datetime, occurred_at: datetime | None = None) -> int:
    """Owe what the automations in force when it happened bring; returns how many coupons. A repeat owes nothing more.

    One small read when nothing is automated, one statement more when something is.
    """
    rows = db.session.execute(statements.IN_FORCE, {"event": event, "at": occurred_at or now}).mappings().all()
    return owe_by([dict(row) for row in rows], occurrences, now=now)


def owe_by(automations: Sequence[Mapping[str, Any]], occurrences: Sequence[Occurrence], *, now: datetime) -> int:
    """As `owe`, for a caller who has read the automations in force (id, conditions) together with other things."""
    read = [(row["id"], rules.read(row["conditions"])) for row in automations]
    due = [
        (one.member_id, automation_id, one.name)
        for one in occurrences
        for automation_id, conditions in read
        if rules.holds(conditions, one.happening)
    ]
    if due:
        members, automation_ids, names = zip(*due, strict=True)
        values = {"member_ids": list(members), "automation_ids": list(automation_ids), "occurrences": list(names)}
        db.session.flush()  # a member who joins is not in the table before
        db.session.execute(statements.OWE, {**values, "now": now})
    return len(due)


def withdraw(member_id: int, *, occurrence: str, now: datetime) -> None:
    """Take back what an occurrence brought, unless it was used: its bill was given back whole. The caller holds the account."""
    values = {"member_id": member_id, "occurrence": occurrence, "now": now}
    db.session.execute(statements.WITHDRAW, values)


def source_of(automation_id: int, occurrence: str) -> str:
    """What the coupon is given under; `WITHDRAW` finds it by it."""
    return f"auto:{automation_id}:{occurrence}"
