"""Unique codes of a batch: have them made, watch, stop, export."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app.services import coupon_code_runs
from app.transaction import transaction
from app.wiring import parts
from blueprints import csv_out
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas import coupon_codes as tables
from blueprints.schemas.base import PageQuery
from blueprints.schemas.coupon_codes import CodeRunIn, CodeRunOut, CodeRunPage

bp = APIBlueprint("coupon_code_runs", __name__, tag="coupons")


@bp.post("/coupon-batches/<uuid:batch_id>/code-runs")
@bp.input(CodeRunIn)
@bp.output(CodeRunOut, status_code=201)
@allow("marketer", "admin")
@idempotent
def create(batch_id: UUID, json_data: CodeRunIn) -> CodeRunOut:
    """Have so many codes made, never more than the batch has copies. They are made in the background."""
    run = coupon_code_runs.plan(batch_id, wanted=json_data.wanted, actor=actor(), now=now())
    return CodeRunOut.of(coupon_code_runs.tell(run))


@bp.get("/coupon-batches/<uuid:batch_id>/code-runs")
@bp.input(PageQuery, location="query")
@bp.output(CodeRunPage)
@allow("marketer", "manager", "auditor", "admin")
def list_runs(batch_id: UUID, query_data: PageQuery) -> CodeRunPage:
    """Runs and imports of a batch, newest first."""
    page = coupon_code_runs.list_runs(batch_id, after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(CodeRunPage, page, CodeRunOut.of)


@bp.get("/coupon-code-runs/<uuid:code_run_id>")
@bp.output(CodeRunOut)
@allow("marketer", "manager", "auditor", "admin")
def get(code_run_id: UUID) -> CodeRunOut:
    """How far a run is, and how many of its codes were used."""
    return CodeRunOut.of(coupon_code_runs.tell(coupon_code_runs.get(code_run_id)))


@bp.post("/coupon-code-runs/<uuid:code_run_id>/cancellation")
@bp.output(CodeRunOut)
@allow("marketer", "admin")
def cancel(code_run_id: UUID) -> CodeRunOut:
    """Make no more codes of this run. The ones already made stay good: pause the batch to stop them."""
    with transaction():
        run = coupon_code_runs.cancel(code_run_id, actor=actor(), now=now())
    return CodeRunOut.of(coupon_code_runs.tell(run))


@bp.get("/coupon-code-runs/<uuid:code_run_id>/codes.csv")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("marketer", "admin")
def export(code_run_id: UUID) -> Response:
    """The codes of a finished run as a table. Who takes them is written down."""
    with transaction():
        run = coupon_code_runs.begin_export(code_run_id, actor=actor(), now=now())
    codes = coupon_code_runs.iter_codes(run, vault=parts().vault)
    return csv_out.answer(f"coupon-codes-{run.public_id}.csv", header=tables.header(), rows=tables.rows(codes))
