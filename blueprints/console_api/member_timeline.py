"""What happened with a member, and what colleagues noted."""

from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint

from app.services import member_notes, member_timeline, members
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, current_staff, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.member_notes import NoteIn, NoteOut, NotePage
from blueprints.schemas.member_timeline import EventOut, TimelinePage, TimelineQuery

bp = APIBlueprint("member_timeline", __name__, tag="members")


@bp.get("/members/<uuid:member_id>/timeline")
@bp.input(TimelineQuery, location="query")
@bp.output(TimelinePage)
@allow("manager", "marketer", "auditor", "admin")
def timeline(member_id: UUID, query_data: TimelineQuery) -> TimelinePage:
    """Everything that happened with a member, newest first; a marketer sees order numbers masked."""
    member = members.get_by_public_id(member_id)
    page = member_timeline.list_events(
        member.id,
        after=decode(query_data.cursor, datetime, str, str),
        limit=query_data.limit,
        kind=query_data.kind,
    )
    return page_of(TimelinePage, page, EventOut.masked if current_staff().role == "marketer" else EventOut.of)


@bp.get("/members/<uuid:member_id>/notes")
@bp.input(PageQuery, location="query")
@bp.output(NotePage)
@allow("manager", "marketer", "auditor", "admin")
def list_notes(member_id: UUID, query_data: PageQuery) -> NotePage:
    """Service notes on a member, newest first."""
    member = members.get_by_public_id(member_id)
    page = member_notes.list_notes(member.id, after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(NotePage, page, NoteOut.of)


@bp.post("/members/<uuid:member_id>/notes")
@bp.input(NoteIn)
@bp.output(NoteOut, status_code=201)
@allow("manager", "marketer", "admin")
@idempotent
def add_note(member_id: UUID, json_data: NoteIn) -> NoteOut:
    """Note something about serving a member, for colleagues here and at the counters."""
    member = members.get_by_public_id(member_id)
    return NoteOut.of(member_notes.add(member.id, json_data.note, actor=actor(), now=now()))
