"""Signing in at the console."""

from apiflask import APIBlueprint
from flask import Response

from app.services import sessions, staff, stores
from app.transaction import transaction
from blueprints import staff_sign_in
from blueprints.identity import allow, before_second_step, current_staff, now
from blueprints.schemas.sessions import ConsoleSignInIn, SecondStepIn, StaffMeOut, StaffSignInOut

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


@bp.post("/sessions/second-step")
@bp.input(SecondStepIn)
@bp.output(StaffSignInOut, status_code=201)
@allow("anyone")
def take_second_step(json_data: SecondStepIn) -> StaffSignInOut:
    """Go on with a sign-in that a second step was asked for, with a code of the authenticator or a recovery code."""
    return staff_sign_in.take_second_step(json_data.challenge, json_data.second_step_code)


@bp.delete("/sessions/current")
@bp.doc(responses={204: "Signed out"})
@allow("manager", "marketer", "auditor", "admin")
@before_second_step
def sign_out() -> Response:
    """End this sign-in; its token is refused from now on."""
    with transaction():
        sessions.revoke_staff_session(current_staff().session_id, now=now())
    return Response(status=204)


@bp.get("/me")
@bp.output(StaffMeOut)
@allow("manager", "marketer", "auditor", "admin")
@before_second_step
def show() -> StaffMeOut:
    """Who is signed in."""
    me = current_staff()
    store = None if me.store_id is None else stores.get(me.store_id)
    return StaffMeOut.of(staff.get_by_public_id(me.public_id), store, must_set_up=me.must_set_up)
