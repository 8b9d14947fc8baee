"""The people of the shop: letting them in, changing what they may do. Acts on their next request."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app.services import members, passwords, second_steps, staff
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.staff import StaffChangeIn, StaffIn, StaffOut, StaffPage

bp = APIBlueprint("staff", __name__, tag="staff")


@bp.get("/staff")
@bp.input(PageQuery, location="query")
@bp.output(StaffPage)
@allow("manager", "auditor", "admin")
def list_all(query_data: PageQuery) -> StaffPage:
    """The staff, oldest first, with their stores."""
    page = staff.list_staff(after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(StaffPage, page, StaffOut.of)


@bp.post("/staff")
@bp.input(StaffIn)
@bp.output(StaffOut, status_code=201)
@allow("admin")
def create(json_data: StaffIn) -> StaffOut:
    """Add a person of the staff."""
    own = None if json_data.member_id is None else members.get_by_public_id(json_data.member_id).id
    hashed = passwords.hash_of(json_data.password)
    with transaction():
        view = staff.create(
            login=json_data.login,
            display_name=json_data.display_name,
            role=json_data.role,
            password_hash=hashed,
            store_ids=json_data.store_ids,
            member_id=own,
            actor=actor(),
            now=now(),
        )
    return StaffOut.of(view)


@bp.get("/staff/<uuid:staff_id>")
@bp.output(StaffOut)
@allow("manager", "auditor", "admin")
def get_one(staff_id: UUID) -> StaffOut:
    """One person of the staff."""
    return StaffOut.of(staff.view_of(staff.get_by_public_id(staff_id)))


@bp.patch("/staff/<uuid:staff_id>")
@bp.input(StaffChangeIn)
@bp.output(StaffOut)
@allow("admin")
def change(staff_id: UUID, json_data: StaffChangeIn) -> StaffOut:
    """Change a person's name, role, stores, password, own membership, or whether they may sign in."""
    changes = json_data.plain_changes()
    if json_data.member_id is not None:
        changes["member_id"] = members.get_by_public_id(json_data.member_id).id
    hashed = None if json_data.password is None else passwords.hash_of(json_data.password)
    with transaction():
        view = staff.change(
            staff_id,
            changes,
            store_ids=json_data.store_ids,
            password_hash=hashed,
            actor=actor(),
            now=now(),
        )
    return StaffOut.of(view)


@bp.post("/staff/<uuid:staff_id>/second-step-reset")
@bp.doc(responses={204: "Off"})
@allow("admin")
def reset_second_step(staff_id: UUID) -> Response:
    """Take the second step off a person who lost their phone and codes; every sign-in of theirs ends. Not off oneself."""
    with transaction():
        second_steps.reset(staff.get_by_public_id(staff_id), actor=actor(), now=now())
    return Response(status=204)
