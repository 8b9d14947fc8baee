"""Members who want to know what is kept about them, or to be forgotten, and say so on the telephone."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app import transaction
from app.services import erasures, members
from app.services import member_export as exports
from blueprints import member_export
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.erasures import ErasureIn, ErasurePage, ErasureQuery, ErasureRequestOut

bp = APIBlueprint("erasures", __name__, tag="members")


@bp.get("/erasure-requests")
@bp.input(ErasureQuery, location="query")
@bp.output(ErasurePage)
@allow("manager", "auditor", "admin")
def list_requests(query_data: ErasureQuery) -> ErasurePage:
    """Who asked to be forgotten, newest first; by state."""
    page = erasures.list_requests(after=decode(query_data.cursor, int), limit=query_data.limit, state=query_data.state)
    return page_of(ErasurePage, page, ErasureRequestOut.of)


@bp.post("/members/<uuid:member_id>/erasure")
@bp.input(ErasureIn)
@bp.output(ErasureRequestOut, status_code=201)
@allow("manager", "admin")
@idempotent
def ask(member_id: UUID, json_data: ErasureIn) -> ErasureRequestOut:
    """Write down that a member asked to be forgotten; they see it in the mini-program and can take it back for seven days."""
    member = members.get_by_public_id(member_id)
    return ErasureRequestOut.of(erasures.ask(member.id, actor=actor(), now=now(), reason=json_data.reason))


@bp.post("/erasure-requests/<uuid:erasure_id>/withdrawal")
@bp.output(ErasureRequestOut)
@allow("manager", "admin")
@idempotent
def withdraw(erasure_id: UUID) -> ErasureRequestOut:
    """Take a request back for a member who asked for that."""
    return ErasureRequestOut.of(erasures.withdraw(erasure_id, actor=actor(), now=now()))


@bp.get("/members/<uuid:member_id>/export")
@bp.doc(responses=member_export.DESCRIPTION)
@allow("manager", "admin")
def export(member_id: UUID) -> Response:
    """Everything kept about a member who asked for it, phone and address masked; five times a day, and audited."""
    member_key = transaction.run(lambda: members.get_by_public_id(member_id).id)
    download = member_export.answer(member_key, opener=None)
    transaction.run(lambda: exports.note(member_key, actor=actor(), now=now()))
    return download
