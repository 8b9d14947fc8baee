"""Issue runs: look whom one would reach, begin, watch, pause, resume, cancel."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import coupon_batches, issue_runs
from app.transaction import transaction
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.issue_runs import (
    AudienceIn,
    IssueRunIn,
    IssueRunOut,
    IssueRunPage,
    IssueRunQuery,
    RunPreviewOut,
)

bp = APIBlueprint("issue_runs", __name__, tag="coupons")


@bp.post("/coupon-batches/<uuid:batch_id>/issue-runs/preview")
@bp.input(AudienceIn)
@bp.output(RunPreviewOut)
@allow("marketer", "admin")
def preview(batch_id: UUID, json_data: AudienceIn) -> RunPreviewOut:
    """Count who would get a copy of a batch now, the others by reason, and what it takes of stock and budget."""
    batch = coupon_batches.get_by_public_id(batch_id)
    return RunPreviewOut.model_validate(issue_runs.preview(batch, json_data.meant(), actor=actor(), now=now()))


@bp.post("/coupon-batches/<uuid:batch_id>/issue-runs")
@bp.input(IssueRunIn)
@bp.output(IssueRunOut, status_code=201)
@allow("marketer", "admin")
@idempotent
def create(batch_id: UUID, json_data: IssueRunIn) -> IssueRunOut:
    """Give a copy of a batch to everybody of an audience, in the background; refused when stock or budget do not cover
    them and `partial` was not said."""
    run = issue_runs.create(
        batch_id,
        json_data.meant(),
        is_partial=json_data.partial,
        note=json_data.note,
        actor=actor(),
        now=now(),
    )
    return IssueRunOut.of(issue_runs.tell(run.public_id))


@bp.get("/issue-runs")
@bp.input(IssueRunQuery, location="query")
@bp.output(IssueRunPage)
@allow("marketer", "manager", "auditor", "admin")
def list_runs(query_data: IssueRunQuery) -> IssueRunPage:
    """Issue runs, newest first; by state, of one batch."""
    asked = query_data.batch_id
    of_batch = None if asked is None else coupon_batches.get_by_public_id(asked).id
    page = issue_runs.list_runs(
        after=decode(query_data.cursor, int), limit=query_data.limit, state=query_data.state, batch_id=of_batch
    )
    return page_of(IssueRunPage, page, IssueRunOut.of)


@bp.get("/issue-runs/<uuid:run_id>")
@bp.output(IssueRunOut)
@allow("marketer", "manager", "auditor", "admin")
def get(run_id: UUID) -> IssueRunOut:
    """One issue run, and how far it is."""
    return IssueRunOut.of(issue_runs.tell(run_id))


@bp.post("/issue-runs/<uuid:run_id>/pause")
@bp.output(IssueRunOut)
@allow("marketer", "admin")
def pause(run_id: UUID) -> IssueRunOut:
    """Pause an issue run: it stops after the chunk under way."""
    with transaction():
        issue_runs.pause(run_id, actor=actor(), now=now())
    return IssueRunOut.of(issue_runs.tell(run_id))


@bp.post("/issue-runs/<uuid:run_id>/resume")
@bp.output(IssueRunOut)
@allow("marketer", "admin")
def resume(run_id: UUID) -> IssueRunOut:
    """Resume an issue run: exactly the rest get theirs."""
    with transaction():
        issue_runs.resume(run_id, actor=actor(), now=now())
    return IssueRunOut.of(issue_runs.tell(run_id))


@bp.post("/issue-runs/<uuid:run_id>/cancel")
@bp.output(IssueRunOut)
@allow("marketer", "admin")
def cancel(run_id: UUID) -> IssueRunOut:
    """Cancel an issue run for good; what was given stays given."""
    with transaction():
        issue_runs.cancel(run_id, actor=actor(), now=now())
    return IssueRunOut.of(issue_runs.tell(run_id))
