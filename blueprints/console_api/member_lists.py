"""Lists of members: made, filled by public id or phone, counted, read, emptied."""

import uuid
from collections.abc import Sequence

from apiflask import APIBlueprint

from app.errors import PhoneInvalid
from app.services import member_lists, phones
from app.services.member_lists import Changed, Named
from app.transaction import transaction
from app.wiring import parts
from blueprints.identity import actor, allow, now
from blueprints.large_bodies import up_to
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.member_lists import (
    EntryOut,
    EntryPage,
    LineErrorOut,
    LinesIn,
    LinesOut,
    MemberListIn,
    MemberListOut,
    MemberListPage,
)

bp = APIBlueprint("member_lists", __name__, tag="member lists")

# Five thousand lines of public ids.
LARGEST = 320_000


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
@up_to(LARGEST)
@bp.input(LinesIn)
@bp.output(LinesOut)
@allow("marketer", "admin")
def add(member_list_id: uuid.UUID, json_data: LinesIn) -> LinesOut:
    """Put up to 5,000 members on a list; lines that name nobody are told, the others count. A repeat adds nobody."""
    lines, malformed = _read(json_data.members)
    with transaction():
        changed = member_lists.add(member_list_id, lines, actor=actor(), now=now())
    return _told(changed, malformed)


@bp.post("/member-lists/<uuid:member_list_id>/entries/removal")
@up_to(LARGEST)
@bp.input(LinesIn)
@bp.output(LinesOut)
@allow("marketer", "admin")
def remove(member_list_id: uuid.UUID, json_data: LinesIn) -> LinesOut:
    """Take up to 5,000 members off a list. A repeat removes nobody."""
    lines, malformed = _read(json_data.members)
    with transaction():
        changed = member_lists.remove(member_list_id, lines, actor=actor(), now=now())
    return _told(changed, malformed)


def _read(written: Sequence[str]) -> tuple[dict[int, Named], list[int]]:
    """Numbered lines as services know members, and the lines that are neither a public id nor a phone."""
    lines: dict[int, Named] = {}
    malformed: list[int] = []
    for number, text in enumerate(written, 1):
        try:
            lines[number] = _named(text)
        except PhoneInvalid:
            malformed.append(number)
    return lines, malformed


def _named(text: str) -> Named:
    """Raises PhoneInvalid. No phone is as long as a public id."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return phones.index_of(phones.parse(text), vault=parts().vault)


def _told(changed: Changed, malformed: Sequence[int]) -> LinesOut:
    reasons = dict.fromkeys(malformed, "malformed") | dict.fromkeys(changed.unknown, "unknown")
    errors = [LineErrorOut.model_validate({"line": line, "reason": reasons[line]}) for line in sorted(reasons)]
    return LinesOut(changed=changed.changed, unchanged=changed.unchanged, errors=errors)
