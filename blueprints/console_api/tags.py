"""Tags: made, put on members one by one or by list, taken off, read."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import tags
from app.transaction import transaction
from blueprints import member_lines
from blueprints.identity import actor, allow, now
from blueprints.large_bodies import up_to
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.member_lists import EntryOut, EntryPage, LinesIn, LinesOut
from blueprints.schemas.tags import MemberTagOut, MemberTagsOut, TagIn, TagOut, TagPage

bp = APIBlueprint("tags", __name__, tag="segments")


@bp.get("/tags")
@bp.input(PageQuery, location="query")
@bp.output(TagPage)
@allow("marketer", "manager", "auditor", "admin")
def list_tags(query_data: PageQuery) -> TagPage:
    """Tags, newest first, with how many members carry each."""
    page = tags.list_tags(after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(TagPage, page, TagOut.of)


@bp.post("/tags")
@bp.input(TagIn)
@bp.output(TagOut, status_code=201)
@allow("marketer", "admin")
def create(json_data: TagIn) -> TagOut:
    """Make a tag, on nobody to begin with."""
    with transaction():
        row = tags.create(json_data.name, actor=actor(), now=now())
    return TagOut.of(tags.tell(row))


@bp.get("/tags/<uuid:tag_id>")
@bp.output(TagOut)
@allow("marketer", "manager", "auditor", "admin")
def show(tag_id: UUID) -> TagOut:
    """A tag, with how many members carry it."""
    return TagOut.of(tags.tell(tags.get(tag_id)))


@bp.get("/tags/<uuid:tag_id>/members")
@bp.input(PageQuery, location="query")
@bp.output(EntryPage)
@allow("marketer", "manager", "auditor", "admin")
def members(tag_id: UUID, query_data: PageQuery) -> EntryPage:
    """The members who carry a tag, masked."""
    page = tags.list_members(tags.get(tag_id), after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(EntryPage, page, EntryOut.of)


@bp.post("/tags/<uuid:tag_id>/members")
@up_to(member_lines.LARGEST)
@bp.input(LinesIn)
@bp.output(LinesOut)
@allow("marketer", "manager", "admin")
def add(tag_id: UUID, json_data: LinesIn) -> LinesOut:
    """Put a tag on up to 5,000 members. A repeat changes nobody."""
    lines, malformed = member_lines.read(json_data.members)
    with transaction():
        changed = tags.add(tag_id, lines, actor=actor(), now=now())
    return member_lines.told(changed, malformed)


@bp.post("/tags/<uuid:tag_id>/members/removal")
@up_to(member_lines.LARGEST)
@bp.input(LinesIn)
@bp.output(LinesOut)
@allow("marketer", "manager", "admin")
def remove(tag_id: UUID, json_data: LinesIn) -> LinesOut:
    """Take a tag off up to 5,000 members. A repeat changes nobody."""
    lines, malformed = member_lines.read(json_data.members)
    with transaction():
        changed = tags.remove(tag_id, lines, actor=actor(), now=now())
    return member_lines.told(changed, malformed)


@bp.get("/members/<uuid:member_id>/tags")
@bp.output(MemberTagsOut)
@allow("marketer", "manager", "auditor", "admin")
def of_member(member_id: UUID) -> MemberTagsOut:
    """The tags a member carries."""
    return MemberTagsOut(data=[MemberTagOut.of(tag) for tag in tags.of_member(member_id)])
