"""Settling with payers: close a period, read closed ones. A closed period never changes."""

from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app.services import payers, settlements
from blueprints import csv_out
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas import settlements as tables
from blueprints.schemas.base import PageQuery
from blueprints.schemas.periods import PeriodIn, file_name
from blueprints.schemas.settlements import SettlementLineOut, SettlementLinePage, SettlementOut, SettlementPage

bp = APIBlueprint("settlements", __name__, tag="payers")


@bp.post("/payers/<uuid:payer_id>/settlements")
@bp.input(PeriodIn)
@bp.output(SettlementOut, status_code=201)
@allow("auditor", "admin")
@idempotent
def close(payer_id: UUID, json_data: PeriodIn) -> SettlementOut:
    """Close a period with a payer. It continues the one before, and can be closed from an hour after its end."""
    closed = settlements.close(
        payer_id, first_on=json_data.first_on, until_on=json_data.until_on, actor=actor(), now=now()
    )
    return SettlementOut.of(closed)


@bp.get("/payers/<uuid:payer_id>/settlements")
@bp.input(PageQuery, location="query")
@bp.output(SettlementPage)
@allow("marketer", "auditor", "admin")
def list_of_payer(payer_id: UUID, query_data: PageQuery) -> SettlementPage:
    """A payer's closed periods, newest first."""
    page = settlements.list_settlements(
        payers.get_by_public_id(payer_id).id, after=decode(query_data.cursor, datetime), limit=query_data.limit
    )
    return page_of(SettlementPage, page, SettlementOut.of)


@bp.get("/settlements/<uuid:settlement_id>")
@bp.output(SettlementOut)
@allow("marketer", "auditor", "admin")
def get(settlement_id: UUID) -> SettlementOut:
    """One closed period."""
    return SettlementOut.of(settlements.get(settlement_id))


@bp.get("/settlements/<uuid:settlement_id>/lines")
@bp.input(PageQuery, location="query")
@bp.output(SettlementLinePage)
@allow("marketer", "auditor", "admin")
def lines(settlement_id: UUID, query_data: PageQuery) -> SettlementLinePage:
    """A closed period, batch by batch: what was used, and what came back of earlier uses."""
    closed = settlements.get(settlement_id)
    page = settlements.list_lines(
        closed.payer.id, period=closed.period, after=decode(query_data.cursor, int, int), limit=query_data.limit
    )
    return page_of(SettlementLinePage, page, SettlementLineOut.of)


@bp.get("/settlements/<uuid:settlement_id>/lines.csv")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("marketer", "auditor", "admin")
def lines_csv(settlement_id: UUID) -> Response:
    """A closed period as a table, with its sum."""
    closed = settlements.get(settlement_id)
    period = closed.period
    return csv_out.answer(
        file_name(f"settlement-{closed.payer.code}", period.first_on, period.until_on),
        header=tables.header(),
        rows=tables.rows(settlements.iter_lines(closed.payer.id, period=period), sums=closed.sums),
    )
