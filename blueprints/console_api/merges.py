"""Making one member of two."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import merge_requests
from blueprints.console_api.members import detail_of
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.schemas.members import MemberDetailOut
from blueprints.schemas.merges import MergeIn, MergePreviewOut, MergeQuery

bp = APIBlueprint("merges", __name__, tag="members")


@bp.get("/members/<uuid:member_id>/merge-preview")
@bp.input(MergeQuery, location="query")
@bp.output(MergePreviewOut)
@allow("manager", "admin")
def preview(member_id: UUID, query_data: MergeQuery) -> MergePreviewOut:
    """Who would stay if two members became one, and what would move."""
    return MergePreviewOut.of(merge_requests.preview(member_id, query_data.other_id))


@bp.post("/members/<uuid:member_id>/merge")
@bp.input(MergeIn)
@bp.output(MemberDetailOut, status_code=201)
@allow("manager", "admin")
@idempotent
def merge(member_id: UUID, json_data: MergeIn) -> MemberDetailOut:
    """Make one member of two, for good; the answer is who stays."""
    kept = merge_requests.carry_out(member_id, json_data.other_id, reason=json_data.reason, actor=actor(), now=now())
    return detail_of(kept)
