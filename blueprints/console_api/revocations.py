"""Taking coupons back: what it would do, one copy, a run's, a batch's; how far it is; undone within the hour."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import coupon_batches, issue_runs, revocation_previews, revocations
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.issue_runs import (
    ConsequencesOut,
    CouponRevocationIn,
    RevocationIn,
    RevocationOut,
    RevocationPage,
    RevocationQuery,
    RevocationUndoIn,
)

bp = APIBlueprint("revocations", __name__, tag="coupons")


@bp.get("/coupon-batches/<uuid:batch_id>/revocation-preview")
@bp.output(ConsequencesOut)
@allow("marketer", "manager", "auditor", "admin")
def preview_batch(batch_id: UUID) -> ConsequencesOut:
    """What revoking a whole batch would do now."""
    batch = coupon_batches.get_by_public_id(batch_id)
    return ConsequencesOut.model_validate(revocation_previews.preview(batch, now=now()))


@bp.get("/issue-runs/<uuid:run_id>/revocation-preview")
@bp.output(ConsequencesOut)
@allow("marketer", "manager", "auditor", "admin")
def preview_run(run_id: UUID) -> ConsequencesOut:
    """What revoking all that a run gave would do now."""
    told = issue_runs.tell(run_id)
    return ConsequencesOut.model_validate(revocation_previews.preview(told.batch, told.run, now=now()))


@bp.post("/coupon-batches/<uuid:batch_id>/revocations")
@bp.input(RevocationIn)
@bp.output(RevocationOut, status_code=201)
@allow("marketer", "admin")
@idempotent
def revoke_batch(batch_id: UUID, json_data: RevocationIn) -> RevocationOut:
    """Take back every active copy of a batch, in the background; the batch is paused first."""
    row = revocations.revoke_batch(batch_id, actor=actor(), now=now(), **json_data.model_dump())
    return RevocationOut.of(revocations.tell(row.public_id))


@bp.post("/issue-runs/<uuid:run_id>/revocations")
@bp.input(RevocationIn)
@bp.output(RevocationOut, status_code=201)
@allow("marketer", "admin")
@idempotent
def revoke_run(run_id: UUID, json_data: RevocationIn) -> RevocationOut:
    """Take back every active copy an issue run gave, in the background; a run under way is cancelled first."""
    row = revocations.revoke_run(run_id, actor=actor(), now=now(), **json_data.model_dump())
    return RevocationOut.of(revocations.tell(row.public_id))


@bp.post("/coupons/<uuid:coupon_id>/revocations")
@bp.input(CouponRevocationIn)
@bp.output(RevocationOut, status_code=201)
@allow("marketer", "manager", "admin")
@idempotent
def revoke_one(coupon_id: UUID, json_data: CouponRevocationIn) -> RevocationOut:
    """Take one copy back at once, with a reason."""
    row = revocations.revoke_one(coupon_id, reason=json_data.reason, actor=actor(), now=now())
    return RevocationOut.of(revocations.tell(row.public_id))


@bp.get("/revocations")
@bp.input(RevocationQuery, location="query")
@bp.output(RevocationPage)
@allow("marketer", "manager", "auditor", "admin")
def list_revocations(query_data: RevocationQuery) -> RevocationPage:
    """Revocations, newest first; of one batch."""
    asked = query_data.batch_id
    of_batch = None if asked is None else coupon_batches.get_by_public_id(asked).id
    page = revocations.list_revocations(after=decode(query_data.cursor, int), limit=query_data.limit, batch_id=of_batch)
    return page_of(RevocationPage, page, RevocationOut.of)


@bp.get("/revocations/<uuid:revocation_id>")
@bp.output(RevocationOut)
@allow("marketer", "manager", "auditor", "admin")
def get(revocation_id: UUID) -> RevocationOut:
    """One revocation, and how far it is."""
    return RevocationOut.of(revocations.tell(revocation_id))


@bp.post("/revocations/<uuid:revocation_id>/undo")
@bp.input(RevocationUndoIn)
@bp.output(RevocationOut)
@allow("admin")
@idempotent
def undo(revocation_id: UUID, json_data: RevocationUndoIn) -> RevocationOut:
    """Undo a revocation within an hour: its copies come back, those past their time as expired."""
    row = revocations.undo(revocation_id, reason=json_data.reason, actor=actor(), now=now())
    return RevocationOut.of(revocations.tell(row.public_id))
