"""Lists of members: made, filled by public id or phone, counted, read, emptied."""

import uuid

from apiflask import APIBlueprint

from app.services import member_lists
from app.transaction import transaction
from blueprints import member_lines
from blueprints.identity import actor, allow, now
from blueprints.large_bodies import up_to
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.member_lists import (
    EntryOut,
    EntryPage,
    LinesIn,
    LinesOut,
    MemberListIn,
    MemberListOut,
    MemberListPage,
)

bp = APIBlueprint("member_lists", __name__, tag="member lists")


@bp.get("/member-lists")
@bp.input(PageQuery, location="query")
@bp.output(MemberListPage)
@allow("marketer", "manager", "auditor", "admin")
def list_lists(query_data: PageQuery) -> MemberListPage:
    """Lists of members, newest first, with their sizes."""
    page = member_lists.list_lists(after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(MemberListPage, page, MemberListOut.of)


@bp.post("/member-lists")
@bp.input(MemberListIn)
@bp.output(MemberListOut, status_code=201)
@allow("marketer", "admin")
def create(json_data: MemberListIn) -> MemberListOut:
    """Make a list of members, empty to begin with."""
    with transaction():
        row = member_lists.create(json_data.name, actor=actor(), now=now())
    return MemberListOut.of(member_lists.tell(row))


@bp.get("/member-lists/<uuid:member_list_id>")
@bp.output(MemberListOut)
@allow("marketer", "manager", "auditor", "admin")
def get(member_list_id: uuid.UUID) -> MemberListOut:
    """One list of members, and how many are on it."""
    return MemberListOut.of(member_lists.tell(member_lists.get_by_public_id(member_list_id)))


@bp.get("/member-lists/<uuid:member_list_id>/entries")
@bp.input(PageQuery, location="query")
@bp.output(EntryPage)
@allow("marketer", "manager", "auditor", "admin")
def entries(member_list_id: uuid.UUID, query_data: PageQuery) -> EntryPage:
    """The members on a list, masked."""
    row = member_lists.get_by_public_id(member_list_id)
    page = member_lists.list_entries(row, after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(EntryPage, page, EntryOut.of)


@bp.post("/member-lists/<uuid:member_list_id>/entries")
@up_to(member_lines.LARGEST)
@bp.input(LinesIn)
@bp.output(LinesOut)
@allow("marketer", "admin")
def add(member_list_id: uuid.UUID, json_data: LinesIn) -> LinesOut:
    """Put up to 5,000 members on a list; lines that name nobody are told, the others count. A repeat adds nobody."""
    lines, malformed = member_lines.read(json_data.members)
    with transaction():
        changed = member_lists.add(member_list_id, lines, actor=actor(), now=now())
    return member_lines.told(changed, malformed)


@bp.post("/member-lists/<uuid:member_list_id>/entries/removal")
@up_to(member_lines.LARGEST)
@bp.input(LinesIn)
@bp.output(LinesOut)
@allow("marketer", "admin")
def remove(member_list_id: uuid.UUID, json_data: LinesIn) -> LinesOut:
    """Take up to 5,000 members off a list. A repeat removes nobody."""
    lines, malformed = member_lines.read(json_data.members)
    with transaction():
        changed = member_lists.remove(member_list_id, lines, actor=actor(), now=now())
    return member_lines.told(changed, malformed)
