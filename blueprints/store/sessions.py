"""Signing in at the counter of one store."""

from apiflask import APIBlueprint
from flask import Response

from app.services import programmes, sessions, staff, stores
from app.transaction import transaction
from blueprints import staff_sign_in
from blueprints.identity import allow, before_second_step, current_staff, now
from blueprints.schemas.programme import ProgrammeOut
from blueprints.schemas.sessions import CounterSignInIn, SecondStepIn, StaffMeOut, StaffSignInOut

bp = APIBlueprint("sessions", __name__, tag="identity")


@bp.post("/sessions")
@bp.input(CounterSignInIn)
@bp.output(StaffSignInOut, status_code=201)
@allow("anyone")
def sign_in(json_data: CounterSignInIn) -> StaffSignInOut:
    """Sign in for a store the person belongs to."""
    person = staff_sign_in.verify(json_data.login, json_data.password)
    store = staff.counter_for(person, json_data.store_code)
    return staff_sign_in.open_session(person, json_data.password, store=store)


@bp.post("/sessions/second-step")
@bp.input(SecondStepIn)
@bp.output(StaffSignInOut, status_code=201)
@allow("anyone")
def take_second_step(json_data: SecondStepIn) -> StaffSignInOut:
    """Go on with a sign-in that a second step was asked for, with a code of the authenticator or a recovery code."""
    return staff_sign_in.take_second_step(json_data.challenge, json_data.second_step_code)


@bp.delete("/sessions/current")
@bp.doc(responses={204: "Signed out"})
@allow("clerk", "manager")
@before_second_step
def sign_out() -> Response:
    """End this sign-in; its token is refused from now on."""
    with transaction():
        sessions.revoke_staff_session(current_staff().session_id, now=now())
    return Response(status=204)


@bp.get("/programme")
@bp.output(ProgrammeOut)
@allow("clerk", "manager")
def programme() -> ProgrammeOut:
    """The programme's settings in force, as a counter needs them: documents, limits, the time to undo."""
    return ProgrammeOut.model_validate(programmes.get())


@bp.get("/me")
@bp.output(StaffMeOut)
@allow("clerk", "manager")
@before_second_step
def show() -> StaffMeOut:
    """Who is signed in, and where."""
    me = current_staff()
    store = None if me.store_id is None else stores.get(me.store_id)
    return StaffMeOut.of(staff.get_by_public_id(me.public_id), store, must_set_up=me.must_set_up)
