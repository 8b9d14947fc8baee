"""Members as a table, for an admin with whole phones."""

from apiflask import APIBlueprint
from flask import Response

from app.errors import NotAllowed
from app.services import member_exports
from app.transaction import transaction
from app.wiring import parts
from blueprints import csv_out
from blueprints.identity import actor, allow, current_staff, now
from blueprints.schemas import member_exports as tables
from blueprints.schemas.member_exports import MemberExportQuery

bp = APIBlueprint("member_exports", __name__, tag="members")


@bp.get("/members.csv")
@bp.input(MemberExportQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "marketer", "admin")
def export(query_data: MemberExportQuery) -> Response:
    """Members as a table, phones masked; whole ones for an admin alone. Who takes it is written down."""
    whole = query_data.phones == "whole"
    if whole and current_staff().role != "admin":
        raise NotAllowed(role=current_staff().role)
    chosen = {"tier_code": query_data.tier, "tag": query_data.tag}
    with transaction():
        member_exports.begin(**chosen, whole_phones=whole, actor=actor(), now=now())
    found = member_exports.iter_members(**chosen, vault=parts().vault if whole else None)
    return csv_out.answer("members.csv", header=tables.header(), rows=tables.rows(found))
