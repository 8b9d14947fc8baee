"""What colleagues noted about the member who stands at the counter."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import member_notes, visits
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, current_staff, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.member_notes import NoteIn, NoteOut, NotePage

bp = APIBlueprint("visitor_notes", __name__, tag="counter")


@bp.get("/visits/<uuid:visit_id>/notes")
@bp.input(PageQuery, location="query")
@bp.output(NotePage)
@allow("clerk", "manager")
def list_notes(visit_id: UUID, query_data: PageQuery) -> NotePage:
    """Service notes on the member of an open visit, newest first."""
    visit = visits.get_open(visit_id, staff=current_staff(), now=now())
    page = member_notes.list_notes(visit.member_id, after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(NotePage, page, NoteOut.of)


@bp.post("/visits/<uuid:visit_id>/notes")
@bp.input(NoteIn)
@bp.output(NoteOut, status_code=201)
@allow("clerk", "manager")
@idempotent
def add_note(visit_id: UUID, json_data: NoteIn) -> NoteOut:
    """Note something about serving the member of an open visit; the visit stays open."""
    visit = visits.get_open(visit_id, staff=current_staff(), now=now())
    return NoteOut.of(member_notes.add(visit.member_id, json_data.note, actor=actor(), now=now()))
