"""Signing in at the console."""

from apiflask import APIBlueprint
from flask import Response

from app.services import sessions, staff, stores
from app.transaction import transaction
from blueprints import staff_sign_in
from blueprints.identity import allow, current_staff, now
from blueprints.schemas.sessions import ConsoleSignInIn, StaffMeOut, StaffSignInOut

bp = APIBlueprint("sessions", __name__, tag="identity")


@bp.post("/sessions")
@bp.input(ConsoleSignInIn)
@bp.output(StaffSignInOut, status_code=201)
@allow("anyone")
def sign_in(json_data: ConsoleSignInIn) -> StaffSignInOut:
    """Sign in as manager, marketer, auditor or admin."""
    person = staff_sign_in.verify(json_data.login, json_data.password)
    staff.require_console(person)
    return staff_sign_in.open_session(person, json_data.password, store=None)


@bp.delete("/sessions/current")
@bp.doc(responses={204: "Signed out"})
@allow("manager", "marketer", "auditor", "admin")
def sign_out() -> Response:
    """End this sign-in; its token is refused from now on."""
    with transaction():
        sessions.revoke_staff_session(current_staff().session_id, now=now())
    return Response(status=204)


@bp.get("/me")
@bp.output(StaffMeOut)
@allow("manager", "marketer", "auditor", "admin")
def show() -> StaffMeOut:
    """Who is signed in."""
    me = current_staff()
    store = None if me.store_id is None else stores.get(me.store_id)
    return StaffMeOut.of(staff.get_by_public_id(me.public_id), store)
