"""Taking coupons back: one, those of an issue run, those of a batch; the consequences are told first.

What many copies are concerned is worked off by a tick (revocation_work). Slots, stock and money stay taken: a revoked copy was
given. docs/domain/issue-runs.md
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from app.actor import Actor
from app.errors import (
    Conflict,
    CouponExpired,
    CouponHeld,
    CouponNotUsable,
    NotFound,
    RevocationGrew,
    RevocationStateConflict,
    RevocationUndoPassed,
)
from app.extensions import db
from app.models import Coupon, CouponBatch, IssueRun, Revocation
from app.paging import Page, cut
from app.services import audit, coupon_batches, issue_runs, revocation_previews, rows_by_key
from app.statements import revocations as statements

UNDO_WINDOW: Final = timedelta(hours=1)
# A merge may move the coupon once between the look and the lock.
TRIES: Final = 3


@dataclass(frozen=True, kw_only=True)
class Told:
    """A revocation with what its row only has keys of."""

    revocation: Revocation
    batch: CouponBatch
    run_public_id: uuid.UUID | None

    @property
    def undo_until(self) -> datetime:
        """Before this instant an admin can undo it."""
        return self.revocation.created_at + UNDO_WINDOW


def revoke_batch(
    public_id: uuid.UUID, *, expected: int, tolerance: int, reason: str, actor: Actor, now: datetime
) -> Revocation:
    """Take back every active copy of a batch, which is paused first and stays so.

    Raises NotFound, RevocationGrew when more than `expected + tolerance` are active, RevocationStateConflict while another one
    is at work on the batch.
    """
    batch = _lock_batch(coupon_batches.get_by_public_id(public_id).id)
    if batch.status == "active":
        # From here on nothing new can come of it: claims that wait for its rows are refused too.
        coupon_batches.change(public_id, status="paused", actor=actor, now=now)
    return _begin(batch, None, expected=expected, tolerance=tolerance, reason=reason, actor=actor, now=now)


def revoke_run(
    public_id: uuid.UUID, *, expected: int, tolerance: int, reason: str, actor: Actor, now: datetime
) -> Revocation:
    """Take back every active copy that a run gave; a run that has not ended is cancelled first. Raises as revoke_batch."""
    run = issue_runs.lock(public_id)
    batch = _lock_batch(run.batch_id)
    if run.state not in issue_runs.ENDED:
        issue_runs.end(run, actor=actor, now=now)
    begun = _begin(batch, run, expected=expected, tolerance=tolerance, reason=reason, actor=actor, now=now)
    run.state = "revoked"
    return begun


def revoke_one(public_id: uuid.UUID, *, reason: str, actor: Actor, now: datetime) -> Revocation:
    """Take one copy back at once. Raises NotFound, CouponNotUsable, CouponExpired, CouponHeld while a visit holds it."""
    coupon = _lock_coupon(public_id)
    _check_one(coupon, now=now)
    row = _add("coupon", coupon.batch_id, None, expected=1, reason=reason, actor=actor, now=now)
    values = {"member_ids": [coupon.member_id], "coupon_id": coupon.id, "id": row.id, "now": now}
    if len(db.session.execute(statements.TAKE_ONE, values).all()) != 1:
        raise Conflict(kind="coupon")
    row.revoked, row.state, row.finished_at = 1, "done", now
    audit.record(
        "coupon.revoke",
        actor=actor,
        object_kind="coupon",
        object_id=coupon.id,
        details={"member_id": coupon.member_id, "batch_id": coupon.batch_id, "reason": reason},
        now=now,
    )
    db.session.expire(coupon)  # the statement went past the session
    return row


def undo(public_id: uuid.UUID, *, reason: str, actor: Actor, now: datetime) -> Revocation:
    """Give back what a revocation took, within an hour of its beginning; batch and run stay as they are.

    Raises NotFound, RevocationStateConflict, RevocationUndoPassed.
    """
    row = lock(public_id)
    if row.state not in ("working", "done"):
        raise RevocationStateConflict(state=row.state)
    if row.scope == "erasure":
        # There is nobody to give them back to.
        raise RevocationUndoPassed(undo_until=row.created_at)
    if now >= row.created_at + UNDO_WINDOW:
        raise RevocationUndoPassed(undo_until=row.created_at + UNDO_WINDOW)
    if row.scope != "coupon":
        _refuse_while_busy(row.batch_id, but_for=row)
    row.finished_at = row.finished_at or now
    row.state, row.undone_by_id, row.undone_at = "undoing", actor.id, now
    if row.issue_run_id is not None:
        run = db.session.get_one(IssueRun, row.issue_run_id, with_for_update=True, populate_existing=True)
        run.state = "done" if run.after_id == run.through_id else "cancelled"
    _audit("undo", row, actor=actor, details={"revoked": row.revoked, "reason": reason}, now=now)
    return row


def lock(public_id: uuid.UUID) -> Revocation:
    """A revocation as it is now; a chunk under way is waited for. Raises NotFound."""
    query = select(Revocation).where(Revocation.public_id == public_id).with_for_update()
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(kind="revocation")
    return row


def tell(public_id: uuid.UUID) -> Told:
    """Raises NotFound."""
    row = db.session.scalar(select(Revocation).where(Revocation.public_id == public_id))
    if row is None:
        raise NotFound(kind="revocation")
    return _told([row])[0]


def list_revocations(*, after: tuple[int] | None, limit: int, batch_id: int | None = None) -> Page[Told]:
    """Newest first; `after` is the key of the last row seen."""
    query = select(Revocation).order_by(Revocation.id.desc()).limit(limit + 1)
    if batch_id is not None:
        query = query.where(Revocation.batch_id == batch_id)
    if after is not None:
        query = query.where(Revocation.id < after[0])
    return cut(_told(db.session.scalars(query).all()), limit, lambda told: (told.revocation.id,))


def _told(rows: Sequence[Revocation]) -> list[Told]:
    batches = rows_by_key.find(CouponBatch, [row.batch_id for row in rows])
    runs = rows_by_key.find(IssueRun, [row.issue_run_id for row in rows])
    return [
        Told(
            revocation=row,
            batch=batches[row.batch_id],
            run_public_id=runs[row.issue_run_id].public_id if row.issue_run_id in runs else None,
        )
        for row in rows
    ]


def _begin(
    batch: CouponBatch,
    run: IssueRun | None,
    *,
    expected: int,
    tolerance: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Revocation:
    _refuse_while_busy(batch.id)
    found = revocation_previews.preview(batch, run, now=now)
    if found.active > expected + tolerance:
        raise RevocationGrew(expected=expected, found=found.active)
    row = _add("run" if run else "batch", batch.id, run, expected=expected, reason=reason, actor=actor, now=now)
    details = {
        "batch_id": batch.id,
        "issue_run_id": run.id if run else None,
        "reason": reason,
        "expected": expected,
        "active": found.active,
        "held": found.held,
        "money_fen": found.money_fen,
    }
    _audit("create", row, actor=actor, details=details, now=now)
    return row


def _refuse_while_busy(batch_id: int, *, but_for: Revocation | None = None) -> None:
    """Raises RevocationStateConflict (uq_revocation_busy says the same to whoever comes in the same moment)."""
    busy = select(Revocation.state).where(
        Revocation.batch_id == batch_id,
        Revocation.state.in_(("working", "undoing")),
        Revocation.scope != "coupon",
        Revocation.id != (but_for.id if but_for else 0),
    )
    state = db.session.scalar(busy.limit(1))
    if state is not None:
        raise RevocationStateConflict(state=state)


def _add(
    scope: str, batch_id: int, run: IssueRun | None, *, expected: int, reason: str, actor: Actor, now: datetime
) -> Revocation:
    row = Revocation(
        scope=scope,
        batch_id=batch_id,
        issue_run_id=run.id if run else None,
        reason=reason,
        expected=expected,
        after_id=0,
        revoked=0,
        restored=0,
        state="working",
        created_by_id=actor.id,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()  # coupons and the audit row name the key
    return row


def _lock_batch(batch_id: int) -> CouponBatch:
    """Two revocations of a batch come one after the other, and nobody opens it in between."""
    query = select(CouponBatch).where(CouponBatch.id == batch_id).with_for_update(key_share=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _lock_coupon(public_id: uuid.UUID) -> Coupon:
    """The copy as it is, its member's account locked. Raises NotFound, Conflict when merges move it faster than we look."""
    query = select(Coupon).where(Coupon.public_id == public_id).execution_options(populate_existing=True)
    for _ in range(TRIES):
        coupon = db.session.scalar(query)
        if coupon is None:
            raise NotFound(kind="coupon")
        member_id = coupon.member_id
        db.session.execute(statements.LOCK, {"member_ids": [member_id]})
        coupon = db.session.scalar(query)
        if coupon is not None and coupon.member_id == member_id:
            return coupon
    raise Conflict(kind="coupon")


def _check_one(coupon: Coupon, *, now: datetime) -> None:
    if coupon.status != "active":
        raise CouponNotUsable(status=coupon.status)
    if coupon.expires_at <= now:
        raise CouponExpired(expires_at=coupon.expires_at)
    if coupon.held_until is not None and coupon.held_until > now:
        raise CouponHeld()


def _audit(verb: str, row: Revocation, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(
        f"revocation.{verb}", actor=actor, object_kind="revocation", object_id=row.id, details=details, now=now
    )
