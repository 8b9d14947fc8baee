"""Issue runs: a copy of a batch to every member of an audience; looked at first, then worked off by a tick.

Every step of a run's life is taken on its locked row, so two people cannot both take it. docs/domain/issue-runs.md
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from app.actor import Actor
from app.errors import BatchNotOpen, IssueRunNotCovered, IssueRunStateConflict, NotFound
from app.extensions import db
from app.models import CouponBatch, IssueRun, Member, MemberList, Segment, Tier
from app.paging import Page, cut
from app.services import (
    audit,
    coupon_batch_figures,
    coupon_batches,
    issue_audiences,
    issue_run_work,
    member_lists,
    rows_by_key,
    segments,
)
from app.services.issue_audiences import Audience
from app.statements import issue_runs as statements

ENDED: Final = ("done", "cancelled", "revoked")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a run would do now: copies it would give, members it would skip by reason, and what that takes."""

    members: int
    would_get: int
    skipped: dict[str, int]
    needed_fen: int
    stock_left: int
    budget_left_fen: int

    @property
    def is_covered(self) -> bool:
        """Whether stock and budget pay for all of them."""
        return self.would_get <= self.stock_left and self.needed_fen <= self.budget_left_fen


@dataclass(frozen=True, kw_only=True)
class Told:
    """A run with the names its row only has keys of."""

    run: IssueRun
    batch: CouponBatch
    tiers: list[str]
    member_list: MemberList | None
    segment: Segment | None


def preview(batch: CouponBatch, audience: Audience, *, actor: Actor, now: datetime) -> Preview:
    """Count before giving. Raises NotFound, InvalidInput, SegmentArchived, BatchNotOpen for a batch that is not for issuing."""
    return _preview(
        batch, actor=actor, now=now, **issue_audiences.keys(audience, find_list=member_lists.get_by_public_id)
    )


def create(
    batch_public_id: uuid.UUID, audience: Audience, *, is_partial: bool, note: str, actor: Actor, now: datetime
) -> IssueRun:
    """Plan a run over everybody who is a member by now; the tick begins within seconds.

    Raises NotFound, InvalidInput, BatchNotOpen, and IssueRunNotCovered when stock or budget do not pay for the whole audience
    and `is_partial` was not asked for.
    """
    batch = coupon_batches.get_by_public_id(batch_public_id)
    if batch.status != "active" or not batch.claim_starts_at <= now < batch.claim_ends_at:
        raise BatchNotOpen(
            status=batch.status, claim_starts_at=batch.claim_starts_at, claim_ends_at=batch.claim_ends_at
        )
    # The list stands still until the run is there, so that nobody slips onto it behind the cursor.
    keys = issue_audiences.keys(audience, find_list=member_lists.lock)
    found = _preview(batch, actor=actor, now=now, **keys)
    if not found.is_covered and not is_partial:
        raise IssueRunNotCovered(
            members=found.would_get,
            stock_left=found.stock_left,
            needed_fen=found.needed_fen,
            budget_left_fen=found.budget_left_fen,
        )
    run = IssueRun(
        batch_id=batch.id,
        **keys,
        is_partial=is_partial,
        after_id=0,
        through_id=db.session.scalar(select(func.coalesce(func.max(Member.id), 0))),
        total=found.members,
        note=note,
        created_by_id=actor.id,
        created_at=now,
    )
    db.session.add(run)
    db.session.flush()  # the audit row names the key
    details = {"batch_id": batch.id, "audience": audience.kind, "total": found.members, "partial": is_partial}
    _audit("create", run, actor=actor, details={**details, "note": note}, now=now)
    return run


def pause(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> IssueRun:
    """Stop after the chunk under way. Raises NotFound, IssueRunStateConflict."""
    run = lock(public_id)
    _require(run, "planned", "running")
    run.state, run.pause_reason = "paused", None
    _audit("pause", run, actor=actor, details={"given": run.given}, now=now)
    return run


def resume(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> IssueRun:
    """Go on with exactly the rest. Raises NotFound, IssueRunStateConflict."""
    run = lock(public_id)
    _require(run, "paused")
    run.state, run.pause_reason = "running" if run.started_at else "planned", None
    _audit("resume", run, actor=actor, details={"given": run.given}, now=now)
    return run


def cancel(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> IssueRun:
    """End it for good; what was given stays given. Raises NotFound, IssueRunStateConflict."""
    run = lock(public_id)
    _require(run, "planned", "running", "paused")
    end(run, actor=actor, now=now)
    return run


def end(run: IssueRun, *, actor: Actor, now: datetime) -> None:
    """Cancel a locked run that has not ended."""
    run.state, run.pause_reason, run.finished_at = "cancelled", None, now
    _audit("cancel", run, actor=actor, details={"given": run.given}, now=now)


def lock(public_id: uuid.UUID) -> IssueRun:
    """A run, as it is now; a chunk under way is waited for. Raises NotFound."""
    query = select(IssueRun).where(IssueRun.public_id == public_id).with_for_update()
    run = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if run is None:
        raise NotFound(kind="issue_run")
    return run


def tell(public_id: uuid.UUID) -> Told:
    """A run and how far it is. Raises NotFound."""
    run = db.session.scalar(select(IssueRun).where(IssueRun.public_id == public_id))
    if run is None:
        raise NotFound(kind="issue_run")
    return _told([run])[0]


def list_runs(
    *, after: tuple[int] | None, limit: int, state: str | None = None, batch_id: int | None = None
) -> Page[Told]:
    """Newest first; `after` is the key of the last row seen."""
    query = select(IssueRun).order_by(IssueRun.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(IssueRun.id < after[0])
    if state is not None:
        query = query.where(IssueRun.state == state)
    if batch_id is not None:
        query = query.where(IssueRun.batch_id == batch_id)
    return cut(_told(db.session.scalars(query).all()), limit, lambda told: (told.run.id,))


def _told(runs: Sequence[IssueRun]) -> list[Told]:
    codes = {tier.id: tier.code for tier in db.session.scalars(select(Tier))}
    batches = rows_by_key.find(CouponBatch, [run.batch_id for run in runs])
    lists = rows_by_key.find(MemberList, [run.member_list_id for run in runs])
    named = rows_by_key.find(Segment, [run.segment_id for run in runs])
    return [
        Told(
            run=run,
            batch=batches[run.batch_id],
            tiers=[codes[tier_id] for tier_id in run.tier_ids],
            member_list=lists.get(run.member_list_id),
            segment=named.get(run.segment_id),
        )
        for run in runs
    ]


def _preview(
    batch: CouponBatch,
    *,
    actor: Actor,
    now: datetime,
    audience: str,
    tier_ids: list[int],
    member_list_id: int | None,
    segment_id: int | None,
    segment_version: int | None,
) -> Preview:
    if batch.how != "issue":
        raise BatchNotOpen(how=batch.how)
    values = {
        **issue_run_work.judging(batch_id=batch.id, created_by_id=actor.id or 0, source="run:0", now=now),
        "tier_ids": tier_ids,
        "member_list_id": member_list_id,
    }
    statement = statements.PREVIEW.get(audience)
    if statement is None:
        compiled = segments.predicate(segment_id, segment_version)
        statement = statements.preview_of_segment(compiled.sql)
        values |= {**compiled.params, **segments.bindings(now)}
    counts: dict[str | None, int] = dict(db.session.execute(statement, values).all())
    would_get = counts.pop(None, 0)
    skipped = {str(reason): n for reason, n in counts.items()}
    printed = coupon_batch_figures.tell(batch)
    return Preview(
        members=would_get + sum(skipped.values()),
        would_get=would_get,
        skipped=skipped,
        needed_fen=would_get * printed.template.worth_fen,
        stock_left=batch.stock - printed.issued,
        budget_left_fen=batch.budget_fen - printed.committed_fen,
    )


def _require(run: IssueRun, *states: str) -> None:
    if run.state not in states:
        raise IssueRunStateConflict(state=run.state)


def _audit(verb: str, run: IssueRun, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(f"issue_run.{verb}", actor=actor, object_kind="issue_run", object_id=run.id, details=details, now=now)
