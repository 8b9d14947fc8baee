"""Segments: tried, saved, revised, archived; how many members, some of them, and why one is in or out."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import segment_looks, segments
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.segments import (
    CountOut,
    ExplainedOut,
    LookOut,
    RuleIn,
    SampledOut,
    SampleOut,
    SegmentIn,
    SegmentLineOut,
    SegmentOut,
    SegmentPage,
    SegmentQuery,
    SegmentVersionOut,
    SegmentVersionPage,
)

bp = APIBlueprint("segments", __name__, tag="segments")


@bp.get("/segments")
@bp.input(SegmentQuery, location="query")
@bp.output(SegmentPage)
@allow("marketer", "manager", "auditor", "admin")
def list_segments(query_data: SegmentQuery) -> SegmentPage:
    """Segments, newest first, with their size as last counted."""
    page = segments.list_segments(
        after=decode(query_data.cursor, int), limit=query_data.limit, is_active=query_data.is_active
    )
    return page_of(SegmentPage, page, SegmentLineOut.of)


@bp.post("/segments")
@bp.input(SegmentIn)
@bp.output(SegmentOut, status_code=201)
@allow("marketer", "admin")
def create(json_data: SegmentIn) -> SegmentOut:
    """Save a rule under a name. A rule that names what there is none of is refused."""
    with transaction():
        told = segments.create(
            name=json_data.name, description=json_data.description, rule=json_data.rule, actor=actor(), now=now()
        )
    return SegmentOut.of(told)


@bp.post("/segment-previews")
@bp.input(RuleIn)
@bp.output(LookOut)
@allow("marketer", "admin")
def preview(json_data: RuleIn) -> LookOut:
    """Try a rule without saving it: how many members, some of them, and the rule in words."""
    look, words = segment_looks.preview(json_data.rule, now=now())
    return LookOut.of(look, words)


@bp.get("/segments/<uuid:segment_id>")
@bp.output(SegmentOut)
@allow("marketer", "manager", "auditor", "admin")
def get(segment_id: UUID) -> SegmentOut:
    """One segment with its rule, as JSON and in words."""
    return SegmentOut.of(segments.get(segment_id))


@bp.get("/segments/<uuid:segment_id>/versions")
@bp.input(PageQuery, location="query")
@bp.output(SegmentVersionPage)
@allow("marketer", "manager", "auditor", "admin")
def versions(segment_id: UUID, query_data: PageQuery) -> SegmentVersionPage:
    """The rules a segment had, newest first."""
    row = segments.get(segment_id).segment
    page = segments.list_versions(row, after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(SegmentVersionPage, page, SegmentVersionOut.of)


@bp.post("/segments/<uuid:segment_id>/versions")
@bp.input(RuleIn)
@bp.output(SegmentOut, status_code=201)
@allow("marketer", "admin")
def revise(segment_id: UUID, json_data: RuleIn) -> SegmentOut:
    """Give a segment another rule. What was made with an older version keeps that one."""
    with transaction():
        told = segments.revise(segment_id, rule=json_data.rule, actor=actor(), now=now())
    return SegmentOut.of(told)


@bp.post("/segments/<uuid:segment_id>/archive")
@bp.output(SegmentOut)
@allow("marketer", "admin")
def archive(segment_id: UUID) -> SegmentOut:
    """Take a segment out of use; what goes by it already goes on."""
    with transaction():
        told = segments.archive(segment_id, actor=actor(), now=now())
    return SegmentOut.of(told)


@bp.get("/segments/<uuid:segment_id>/count")
@bp.output(CountOut)
@allow("marketer", "manager", "auditor", "admin")
def count(segment_id: UUID) -> CountOut:
    """How many members a segment has at this moment; refused when that takes too long."""
    row = segments.get(segment_id).segment
    return CountOut(members=segment_looks.count(segments.predicate(row.id, row.version), now=now()))


@bp.get("/segments/<uuid:segment_id>/sample")
@bp.output(SampleOut)
@allow("marketer", "manager", "admin")
def sample(segment_id: UUID) -> SampleOut:
    """Twenty members of a segment, masked; others every time."""
    row = segments.get(segment_id).segment
    found = segment_looks.sample(segments.predicate(row.id, row.version), now=now())
    return SampleOut(data=[SampledOut.of(one) for one in found])


@bp.get("/segments/<uuid:segment_id>/members/<uuid:member_id>")
@bp.output(ExplainedOut)
@allow("marketer", "manager", "auditor", "admin")
def explain(segment_id: UUID, member_id: UUID) -> ExplainedOut:
    """Why a member is in a segment, or out of it: every part of the rule, true or not."""
    node = segments.rule_of(segments.get(segment_id).version)
    return ExplainedOut.of(segment_looks.explain(node, member_public_id=member_id, now=now()))
