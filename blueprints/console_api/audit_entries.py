"""The audit: who changed what, when, at which store, and whether it is sealed."""

from datetime import date, datetime

from apiflask import APIBlueprint
from flask import Response

from app.errors import InvalidInput
from app.services import audit_lists, periods, programmes, staff, stores
from app.services.audit_lists import Sight, Wanted
from blueprints import csv_out
from blueprints.identity import allow, current_staff, now
from blueprints.paging import decode, page_of
from blueprints.schemas import audit_entries as schemas
from blueprints.schemas.audit_entries import (
    AuditActionsOut,
    AuditEntriesOut,
    AuditEntryOut,
    AuditPageQuery,
    AuditQuery,
    AuditSealOut,
)

bp = APIBlueprint("audit_entries", __name__, tag="audit")


@bp.get("/audit-entries")
@bp.input(AuditPageQuery, location="query")
@bp.output(AuditEntriesOut)
@allow("manager", "auditor", "admin")
def list_all(query_data: AuditPageQuery) -> AuditEntriesOut:
    """Audit entries of privileged changes, newest first; a manager sees those of their own stores and their own."""
    page = audit_lists.list_entries(_wanted(query_data), after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(AuditEntriesOut, page, AuditEntryOut.of)


@bp.get("/audit-entries.csv")
@bp.input(AuditQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "auditor", "admin")
def list_csv(query_data: AuditQuery) -> Response:
    """The same audit entries as a table."""
    rows = schemas.table(audit_lists.iter_entries(_wanted(query_data)))
    return csv_out.answer(f"audit-{programmes.business_date(now())}.csv", header=schemas.header(), rows=rows)


@bp.get("/audit-entries/actions")
@bp.output(AuditActionsOut)
@allow("manager", "auditor", "admin")
def actions() -> AuditActionsOut:
    """Actions to ask the audit for."""
    return AuditActionsOut(data=audit_lists.actions())


@bp.get("/audit-entries/seal")
@bp.output(AuditSealOut)
@allow("manager", "auditor", "admin")
def seal() -> AuditSealOut:
    """The head of the audit's chain, and how many entries wait to be sealed."""
    return AuditSealOut.of(audit_lists.seal())


def _wanted(query: AuditQuery) -> Wanted:
    if query.first_on is not None and query.until_on is not None and query.until_on <= query.first_on:
        raise InvalidInput(fields={"until_on": ["must be after first_on"]})
    return Wanted(
        action=query.action,
        actor_kind=query.actor_kind,
        actor_id=query.actor_id,
        object_kind=query.object_kind,
        object_id=query.object_id,
        starts_at=_beginning(query.first_on),
        ends_at=_beginning(query.until_on),
        store_id=None if query.store_id is None else stores.get_by_public_id(query.store_id).id,
        sight=_sight(),
    )


def _beginning(on: date | None) -> datetime | None:
    return None if on is None else periods.beginning_of(on)


def _sight() -> Sight | None:
    me = current_staff()
    if me.role != "manager":
        return None
    return Sight(staff_id=me.id, store_ids=[store.id for store in staff.list_stores_of(me.id)])
