"""Who pays for coupons besides the shop: suppliers and departments, and what a period of theirs comes to."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app.services import payers, settlements
from app.transaction import transaction
from blueprints import csv_out
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas import settlements as tables
from blueprints.schemas.base import PageQuery
from blueprints.schemas.payers import PayerIn, PayerOut, PayerPage, PayerPatch
from blueprints.schemas.periods import PeriodPageQuery, PeriodQuery, file_name
from blueprints.schemas.settlements import AccountOut, SettlementLineOut, SettlementLinePage

bp = APIBlueprint("payers", __name__, tag="payers")


@bp.get("/payers")
@bp.input(PageQuery, location="query")
@bp.output(PayerPage)
@allow("marketer", "manager", "auditor", "admin")
def list_all(query_data: PageQuery) -> PayerPage:
    """Suppliers and departments that pay a share of coupons, newest first."""
    page = payers.list_payers(after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(PayerPage, page, PayerOut.of)


@bp.post("/payers")
@bp.input(PayerIn)
@bp.output(PayerOut, status_code=201)
@allow("marketer", "admin")
@idempotent
def create(json_data: PayerIn) -> PayerOut:
    """Add a supplier or department that pays."""
    payer = payers.create(code=json_data.code, name=json_data.name, kind=json_data.kind, actor=actor(), now=now())
    return PayerOut.of(payer)


@bp.get("/payers/<uuid:payer_id>")
@bp.output(PayerOut)
@allow("marketer", "manager", "auditor", "admin")
def get(payer_id: UUID) -> PayerOut:
    """One payer."""
    return PayerOut.of(payers.get_by_public_id(payer_id))


@bp.patch("/payers/<uuid:payer_id>")
@bp.input(PayerPatch)
@bp.output(PayerOut)
@allow("marketer", "admin")
def change(payer_id: UUID, json_data: PayerPatch) -> PayerOut:
    """Rename a payer, or let it pay for no new batches."""
    with transaction():
        payer = payers.change(payer_id, actor=actor(), now=now(), **json_data.model_dump())
    return PayerOut.of(payer)


@bp.get("/payers/<uuid:payer_id>/account")
@bp.input(PeriodQuery, location="query")
@bp.output(AccountOut)
@allow("marketer", "auditor", "admin")
def account(payer_id: UUID, query_data: PeriodQuery) -> AccountOut:
    """What a period comes to with a payer, closed or not."""
    payer, period = payers.get_by_public_id(payer_id), query_data.period
    sums = settlements.sums(payer.id, period=period)
    return AccountOut.of(sums, first_on=period.first_on, until_on=period.until_on)


@bp.get("/payers/<uuid:payer_id>/account/lines")
@bp.input(PeriodPageQuery, location="query")
@bp.output(SettlementLinePage)
@allow("marketer", "auditor", "admin")
def account_lines(payer_id: UUID, query_data: PeriodPageQuery) -> SettlementLinePage:
    """A period with a payer, batch by batch: what was used, and what came back of earlier uses."""
    page = settlements.list_lines(
        payers.get_by_public_id(payer_id).id,
        period=query_data.period,
        after=decode(query_data.cursor, int, int),
        limit=query_data.limit,
    )
    return page_of(SettlementLinePage, page, SettlementLineOut.of)


@bp.get("/payers/<uuid:payer_id>/account.csv")
@bp.input(PeriodQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("marketer", "auditor", "admin")
def account_csv(payer_id: UUID, query_data: PeriodQuery) -> Response:
    """A period with a payer as a table."""
    payer, period = payers.get_by_public_id(payer_id), query_data.period
    sums, lines = settlements.sums(payer.id, period=period), settlements.iter_lines(payer.id, period=period)
    name = file_name(f"account-{payer.code}", period.first_on, period.until_on)
    return csv_out.answer(name, header=tables.header(), rows=tables.rows(lines, sums=sums))
