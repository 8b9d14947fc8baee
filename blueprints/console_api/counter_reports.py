"""Coupons at the counters: by store, by person, and why they were refused."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app.errors import InvalidInput, NotFound
from app.paging import MAX_LIMIT, walk
from app.services import counter_reports, stores
from blueprints import csv_out
from blueprints.identity import allow
from blueprints.paging import decode, page_of
from blueprints.schemas import coupon_tables as tables
from blueprints.schemas.coupon_reports import (
    AtCounterOut,
    AtCounterPage,
    ClerksQuery,
    ClerksTableQuery,
    RefusalOut,
    RefusalsOut,
    RefusalsQuery,
)
from blueprints.schemas.periods import PeriodPageQuery, PeriodQuery, file_name

bp = APIBlueprint("counter_reports", __name__, tag="reports")


@bp.get("/reports/coupon-stores")
@bp.input(PeriodPageQuery, location="query")
@bp.output(AtCounterPage)
@allow("manager", "marketer", "auditor", "admin")
def by_store(query_data: PeriodPageQuery) -> AtCounterPage:
    """Coupons used, undone, returned and refused at each store."""
    page = counter_reports.list_stores(query_data.period, after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(AtCounterPage, page, AtCounterOut.of)


@bp.get("/reports/coupon-stores.csv")
@bp.input(PeriodQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "marketer", "auditor", "admin")
def by_store_csv(query_data: PeriodQuery) -> Response:
    """Coupons at each store as a table."""
    period = query_data.period
    lines = walk(lambda after: counter_reports.list_stores(period, after=after, limit=MAX_LIMIT))
    name = file_name("coupon-stores", period.first_on, period.until_on)
    return csv_out.answer(name, header=tables.store_header(), rows=tables.counter_rows(lines))


@bp.get("/reports/coupon-clerks")
@bp.input(ClerksQuery, location="query")
@bp.output(AtCounterPage)
@allow("manager", "auditor", "admin")
def by_clerk(query_data: ClerksQuery) -> AtCounterPage:
    """Coupons used, undone, returned and refused by each person at a store."""
    page = counter_reports.list_clerks(
        _store(query_data.store_id),
        period=query_data.period,
        after=decode(query_data.cursor, int),
        limit=query_data.limit,
    )
    return page_of(AtCounterPage, page, AtCounterOut.of)


@bp.get("/reports/coupon-clerks.csv")
@bp.input(ClerksTableQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "auditor", "admin")
def by_clerk_csv(query_data: ClerksTableQuery) -> Response:
    """Coupons by person at a store as a table."""
    period, store_id = query_data.period, _store(query_data.store_id)
    lines = walk(lambda after: counter_reports.list_clerks(store_id, period=period, after=after, limit=MAX_LIMIT))
    name = file_name("coupon-clerks", period.first_on, period.until_on)
    return csv_out.answer(name, header=tables.clerk_header(), rows=tables.counter_rows(lines))


@bp.get("/reports/coupon-refusals")
@bp.input(RefusalsQuery, location="query")
@bp.output(RefusalsOut)
@allow("manager", "marketer", "auditor", "admin")
def refusals(query_data: RefusalsQuery) -> RefusalsOut:
    """Why coupons were refused at the counters, most often first."""
    period = query_data.period
    found = counter_reports.reasons(period, store_id=_store_if(query_data.store_id))
    reasons = [RefusalOut.of(one) for one in found]
    return RefusalsOut(first_on=period.first_on, until_on=period.until_on, reasons=reasons)


@bp.get("/reports/coupon-refusals.csv")
@bp.input(RefusalsQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "marketer", "auditor", "admin")
def refusals_csv(query_data: RefusalsQuery) -> Response:
    """Why coupons were refused as a table."""
    period = query_data.period
    found = counter_reports.reasons(period, store_id=_store_if(query_data.store_id))
    name = file_name("coupon-refusals", period.first_on, period.until_on)
    return csv_out.answer(name, header=tables.refusal_header(), rows=tables.refusal_rows(found))


def _store(public_id: UUID) -> int:
    # The address exists, what was asked of it does not: a fault of the query.
    try:
        return stores.get_by_public_id(public_id).id
    except NotFound as error:
        raise InvalidInput(fields={"query.store_id": ["no such store"]}) from error


def _store_if(public_id: UUID | None) -> int | None:
    return None if public_id is None else _store(public_id)
