"""Coupon automations as a marketer writes them: an event, a batch, conditions, a window. Never rewritten, only switched."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.actor import Actor
from app.errors import AutomationConditionsInvalid, InvalidInput, NotFound
from app.extensions import db
from app.models import CouponAutomation, CouponBatch, CouponOwed
from app.paging import Page, cut
from app.rules import coupon_automation as rules
from app.services import audit, coupon_batches, named_rows, tiers

STATES = ("due", "given", "unavailable", "withdrawn")


@dataclass(frozen=True, kw_only=True)
class Told:
    """An automation, its batch, and how many coupons stand how."""

    automation: CouponAutomation
    batch: CouponBatch
    counts: Mapping[str, int]


def create(
    *,
    name: str,
    event: str,
    batch_public_id: uuid.UUID,
    conditions: Mapping[str, Any],
    starts_at: datetime | None,
    ends_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> CouponAutomation:
    """Switch on a new automation for what happens in `[starts_at, ends_at)`, from now on when no start is told.

    Raises NotFound, NameTaken, AutomationConditionsInvalid, InvalidInput (event, a batch not made for issuing, the window).
    """
    if event not in rules.BELONGS_TO:
        raise InvalidInput(fields={"json.event": ["is not one of ours"]})
    parsed = rules.parse(conditions, event=event)
    _check_tiers(parsed.tiers)
    batch = coupon_batches.get_by_public_id(batch_public_id)
    if batch.how != "issue":
        raise InvalidInput(fields={"json.batch_id": ["must be made for issuing"]})
    # What happened before this was written must not bring coupons to everybody who ever did it.
    begins = max(starts_at or now, now)
    _check_end(ends_at, begins)
    automation = CouponAutomation(
        name=name,
        event=event,
        batch_id=batch.id,
        conditions=parsed.as_json(),
        is_active=True,
        starts_at=begins,
        ends_at=ends_at,
        created_by_id=actor.id if actor.kind == "staff" else None,
        created_at=now,
    )
    named_rows.add(automation, unique="uq_coupon_automation_name")
    details = {"name": name, "event": event, "batch": batch.name, "conditions": automation.conditions}
    _audit("create", automation, actor=actor, details=details, now=now)
    return automation


def change(
    public_id: uuid.UUID,
    *,
    actor: Actor,
    now: datetime,
    is_active: bool | None = None,
    ends_at: datetime | None = None,
) -> CouponAutomation:
    """Switch one off or on, or end it. Acts on the next event; what is owed by then is still given.

    Raises NotFound, InvalidInput.
    """
    automation = db.session.scalar(
        select(CouponAutomation)
        .where(CouponAutomation.public_id == public_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if automation is None:
        raise NotFound(kind="coupon_automation")
    if ends_at is not None:
        _check_end(ends_at, max(automation.starts_at, now))
    wanted = {"is_active": is_active, "ends_at": ends_at}
    after = {key: value for key, value in wanted.items() if value is not None and value != getattr(automation, key)}
    if not after:
        return automation
    before = {key: _plain(getattr(automation, key)) for key in after}
    for key, value in after.items():
        setattr(automation, key, value)
    told = {key: _plain(value) for key, value in after.items()}
    _audit("update", automation, actor=actor, details={"before": before, "after": told}, now=now)
    db.session.flush()  # an event of the same transaction must see it
    return automation


def list_automations(*, after: tuple[int] | None, limit: int) -> Page[Told]:
    """Newest first; `after` is the id of the last row seen."""
    query = (
        select(CouponAutomation, CouponBatch)
        .join(CouponBatch, CouponBatch.id == CouponAutomation.batch_id)
        .order_by(CouponAutomation.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(CouponAutomation.id < after[0])
    rows = [(row[0], row[1]) for row in db.session.execute(query)]
    return cut(_told(rows), limit, lambda told: (told.automation.id,))


def tell(automation: CouponAutomation) -> Told:
    """One automation with its figures."""
    return _told([(automation, db.session.get_one(CouponBatch, automation.batch_id))])[0]


def _told(rows: Sequence[tuple[CouponAutomation, CouponBatch]]) -> list[Told]:
    found = db.session.execute(
        select(CouponOwed.automation_id, CouponOwed.state, func.count())
        .where(CouponOwed.automation_id.in_([automation.id for automation, _ in rows]))
        .group_by(CouponOwed.automation_id, CouponOwed.state)
    )
    counts = {(automation_id, state): number for automation_id, state, number in found}
    return [
        Told(
            automation=automation,
            batch=batch,
            counts={state: counts.get((automation.id, state), 0) for state in STATES},
        )
        for automation, batch in rows
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _check_tiers(codes: Sequence[str]) -> None:
    # A code nobody can reach would wait for ever without a word.
    if set(codes) - {tier.code for tier in tiers.ladder()}:
        raise AutomationConditionsInvalid(fields={"tiers": "unknown_tier"})


def _check_end(ends_at: datetime | None, starts_at: datetime) -> None:
    if ends_at is not None and ends_at <= starts_at:
        raise InvalidInput(fields={"json.ends_at": ["must be after starts_at, and in the future"]})


def _audit(verb: str, automation: CouponAutomation, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(
        f"coupon_automation.{verb}",
        actor=actor,
        object_kind="coupon_automation",
        object_id=automation.id,
        details=details,
        now=now,
    )
