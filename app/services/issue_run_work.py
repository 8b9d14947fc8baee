"""Working off issue runs: a chunk of members in one transaction, with the cursor that says they have had their turn.

Killed anywhere, it goes on after the last committed chunk; two at once wait for each other at the first account, and the later
one finds the cursor moved. docs/domain/issue-runs.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, select

from app.actor import Actor
from app.extensions import db
from app.models import IssueRun, Staff
from app.models.types import new_public_id
from app.services import audit, coupons, segments
from app.statements import issue_runs as statements

# Members asked for a segment in one statement.
RANGE_IDS: Final = 50_000


@dataclass(frozen=True)
class Chunk:
    """Copies given, members skipped; `has_more`: call again."""

    given: int = 0
    skipped: int = 0
    has_more: bool = False


def list_live() -> list[int]:
    """Runs with work to do."""
    return list(
        db.session.scalars(select(IssueRun.id).where(IssueRun.state.in_(("planned", "running"))).order_by(IssueRun.id))
    )


def advance(run_id: int, *, now: datetime, limit: int) -> Chunk:
    """Give a copy to the next `limit` members of a run's audience; ends the run after the last, pauses it where it cannot go on.

    Lock order: the members' accounts ascending, the run, the buckets.
    """
    seen = _read(run_id)
    if seen is None:
        return Chunk()
    place = _place(seen)
    members = _next(seen, limit=limit, now=now)
    is_late = not members and bool(seen.late_ids)
    if is_late:
        members = list(db.session.scalars(statements.LOCK, {"member_ids": seen.late_ids}))
    run = _read(run_id, lock=True)
    if run is None or _place(run) != place:
        # Another worker or a merge was here meanwhile: look afresh.
        return Chunk(has_more=run is not None)
    if run.state == "planned":
        run.state, run.started_at = "running", now
    if not members:
        return _end(run, now=now)
    found = _give(run, members, now=now)
    if not found["is_open"] or (found["without"] and not run.is_partial):
        return _pause(run, found, now=now)
    skipped = _skipped(found)
    if is_late:
        run.late_ids = []
        skipped.pop("already_given", None)
    else:
        run.after_id = members[-1]
    return _count(run, given=found["given"], skipped=skipped, has_more=True)


def _place(run: IssueRun) -> tuple[int, tuple[int, ...]]:
    return run.after_id, tuple(run.late_ids)


def _skipped(found: RowMapping) -> dict[str, int]:
    """Members by the reason that kept them from a copy, those without one for want of stock or money among them."""
    skipped = dict(found["skipped"])
    if found["without"]:
        skipped["stock" if found["stock_left"] == 0 else "budget"] = found["without"]
    return skipped


def _read(run_id: int, *, lock: bool = False) -> IssueRun | None:
    query = select(IssueRun).where(IssueRun.id == run_id, IssueRun.state.in_(("planned", "running")))
    if lock:
        query = query.with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _next(run: IssueRun, *, limit: int, now: datetime) -> list[int]:
    if run.audience == "segment":
        return _next_in_segment(run, limit=limit, now=now)
    values = {
        "after_id": run.after_id,
        "through_id": run.through_id,
        "tier_ids": run.tier_ids,
        "member_list_id": run.member_list_id,
        "limit": limit,
    }
    return list(db.session.scalars(statements.NEXT[run.audience], values))


def _next_in_segment(run: IssueRun, *, limit: int, now: datetime) -> list[int]:
    """The first range of members that has some of the segment's, so that no statement asks all the members there are."""
    compiled = segments.predicate(run.segment_id, run.segment_version)
    statement = statements.next_in_segment(compiled.sql)
    values = {**compiled.params, **segments.bindings(now), "limit": limit}
    for after_id in range(run.after_id, run.through_id, RANGE_IDS):
        within = {"after_id": after_id, "through_id": min(after_id + RANGE_IDS, run.through_id)}
        found = db.session.scalars(statement, {**values, **within}).all()
        if found:
            return list(found)
    return []


def judging(*, batch_id: int, created_by_id: int, source: str, now: datetime) -> dict[str, object]:
    """What the statements that judge members are bound to, besides the members."""
    return {
        "batch_id": batch_id,
        "source": source,
        # Whoever gives must not be who gains.
        "own_member_id": db.session.scalar(select(Staff.member_id).where(Staff.id == created_by_id)),
        "now": now,
        **coupons.calendar(now),
    }


def _give(run: IssueRun, members: Sequence[int], *, now: datetime) -> RowMapping:
    values = {
        **judging(batch_id=run.batch_id, created_by_id=run.created_by_id, source=f"run:{run.id}", now=now),
        "issue_run_id": run.id,
        "is_partial": run.is_partial,
        "member_ids": list(members),
        "public_ids": [new_public_id() for _ in members],
    }
    return db.session.execute(statements.GIVE, values).mappings().one()


def _pause(run: IssueRun, found: RowMapping, *, now: datetime) -> Chunk:
    """Stop before the first member who would have gone without."""
    chunk = Chunk()
    if not found["is_open"]:
        run.pause_reason = "batch_not_open"
    else:
        run.pause_reason = "stock" if found["stock_left"] == 0 else "budget"
        chunk = _count(run, given=found["given"], skipped=dict(found["skipped"]), has_more=False)
        # In the last look at latecomers the cursor stands beyond all of them; those served are `already_given` next time.
        run.after_id = max(run.after_id, found["first_without"] - 1)
    run.state = "paused"
    _audit("pause", run, details={"reason": run.pause_reason, "given": run.given}, now=now)
    return chunk


def _count(run: IssueRun, *, given: int, skipped: dict[str, int], has_more: bool) -> Chunk:
    run.given += given
    run.skipped = {key: run.skipped.get(key, 0) + skipped.get(key, 0) for key in sorted({*run.skipped, *skipped})}
    return Chunk(given, sum(skipped.values()), has_more)


def _end(run: IssueRun, *, now: datetime) -> Chunk:
    run.state, run.finished_at, run.after_id = "done", now, run.through_id
    _audit("finish", run, details={"given": run.given, "skipped": run.skipped}, now=now)
    return Chunk()


def _audit(verb: str, run: IssueRun, *, details: dict[str, object], now: datetime) -> None:
    audit.record(
        f"issue_run.{verb}", actor=Actor.system(), object_kind="issue_run", object_id=run.id, details=details, now=now
    )
