"""Ladders in versions: drafted, tried, put in force; the one before is kept as it was. Reasons: docs/domain/tiers.md."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update

from app.actor import Actor
from app.errors import InvalidInput, LadderNotDraft, LadderSettling, NotFound
from app.extensions import db
from app.models import Ladder, Tier
from app.paging import Page, cut
from app.rules import tier_ladder
from app.rules.tier_periods import Policy
from app.services import audit

POLICY = ("qualification", "qualification_months", "validity_months", "downgrade", "grace_days", "notice_days")


def policy_of(ladder: Ladder) -> Policy:
    """How the ladder's tiers are earned and kept."""
    return Policy(**{name: getattr(ladder, name) for name in POLICY})


def create_draft(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Ladder:
    """Draft a ladder: a name, a policy and a threshold for every tier. Raises LadderOverlaps, InvalidInput."""
    is_rolling = values["qualification"] == "rolling"
    if any((values[name] is not None) != is_rolling for name in ("qualification_months", "validity_months")):
        raise InvalidInput(reason="months are for a rolling qualification, and both of them")
    tier_ladder.check_thresholds(values["thresholds"], codes=_codes())
    ladder = Ladder(**values, status="draft", created_by_id=actor.id if actor.kind == "staff" else None, created_at=now)
    db.session.add(ladder)
    # The audit row names the new id.
    db.session.flush()
    audit.record(
        "ladder.create", actor=actor, object_kind="ladder", object_id=ladder.id, details=_told(ladder), now=now
    )
    return ladder


def get_by_public_id(public_id: uuid.UUID) -> Ladder:
    """A ladder. Raises NotFound."""
    ladder = db.session.scalars(select(Ladder).where(Ladder.public_id == public_id)).one_or_none()
    if ladder is None:
        raise NotFound(kind="ladder")
    return ladder


def list_ladders(*, after: tuple[int] | None, limit: int) -> Page[Ladder]:
    """All ladders, newest first; `after` is the key of the last one seen."""
    query = select(Ladder).order_by(Ladder.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(Ladder.id < after[0])
    return cut(db.session.scalars(query).all(), limit, lambda ladder: (ladder.id,))


def take_turn() -> None:
    """Wait for whoever changes the ladder in force, and keep others waiting until this transaction ends."""
    # A row lock alone would not do: the row that is in force afterwards is another one.
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('huitou.ladder', 0))"))


def add_missing(*, now: datetime) -> int:
    """An installation without a ladder in force gets one for life with the tiers' thresholds; returns how many."""
    if db.session.scalar(select(Ladder.id).where(Ladder.status == "active")) is not None:
        return 0
    thresholds = {tier.code: tier.growth_threshold for tier in db.session.scalars(select(Tier).order_by(Tier.rank))}
    db.session.add(Ladder(name="lifetime", status="active", thresholds=thresholds, created_at=now, activated_at=now))
    return 1


def activate(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> Ladder:
    """Put a draft in force: its thresholds become the tiers', and a tick moves the members onto it in chunks.

    Raises LadderNotDraft, LadderSettling while the one before is still being applied, and LadderOverlaps when a tier was
    added since it was drafted.
    """
    take_turn()
    ladder = get_by_public_id(public_id)
    # Locked before any account, as the tick that settles does.
    rows = db.session.scalars(
        select(Ladder)
        .where((Ladder.status == "active") | (Ladder.id == ladder.id))
        .order_by(Ladder.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if ladder.status != "draft":
        raise LadderNotDraft(status=ladder.status)
    before = next((row for row in rows if row.status == "active"), None)
    if before is not None and before.settling_after_id is not None:
        raise LadderSettling
    tier_ladder.check_thresholds(ladder.thresholds, codes=_codes())
    # Whoever books growth meanwhile decides by one ladder or the other: value writes wait for these few milliseconds.
    db.session.execute(text("LOCK TABLE member_account IN SHARE ROW EXCLUSIVE MODE"))
    if before is not None:
        before.status = "retired"
        db.session.flush()  # one ladder is active at a time
    for code, threshold in ladder.thresholds.items():
        db.session.execute(update(Tier).where(Tier.code == code).values(growth_threshold=threshold))
    ladder.status, ladder.activated_at, ladder.settling_after_id = "active", now, 0
    details = {"before": None if before is None else _told(before), "after": _told(ladder)}
    audit.record("ladder.activate", actor=actor, object_kind="ladder", object_id=ladder.id, details=details, now=now)
    db.session.flush()
    return ladder


def _codes() -> list[str]:
    return list(db.session.scalars(select(Tier.code).order_by(Tier.rank)))


def _told(ladder: Ladder) -> dict[str, Any]:
    policy = {name: getattr(ladder, name) for name in POLICY}
    return {"ladder": str(ladder.public_id), "name": ladder.name, **policy, "thresholds": ladder.thresholds}
