"""What people of the staff do with their own sign-in, at the counter and at the console alike: second step, sign-ins, password.

Open also to sign-ins that must first set up their second step.
"""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app.models import Staff
from app.services import passwords, second_steps, sessions, staff
from app.transaction import transaction
from app.wiring import parts
from blueprints import staff_sign_in
from blueprints.identity import actor, allow, before_second_step, current_staff, now
from blueprints.schemas.own_account import (
    OwnPasswordIn,
    OwnSessionOut,
    OwnSessionsOut,
    RecoveryCodesOut,
    SecondStepCodeIn,
    SecondStepOut,
    SecondStepStartIn,
    SecondStepStartOut,
)


def make(*roles: str) -> APIBlueprint:
    """The operations behind a door, for its roles."""
    bp = APIBlueprint("own_account", __name__, tag="identity")
    _second_step(bp, roles)
    _sign_ins(bp, roles)
    return bp


def _second_step(bp: APIBlueprint, roles: tuple[str, ...]) -> None:
    @bp.get("/me/second-step")
    @bp.output(SecondStepOut)
    @allow(*roles)
    @before_second_step
    def second_step() -> SecondStepOut:
        """Whether one's own sign-in asks for a second step."""
        return SecondStepOut.of(second_steps.state(_me()))

    # Not @idempotent, like all that tell a secret: the kept answer would be a second copy of it.
    @bp.post("/me/second-step")
    @bp.input(SecondStepStartIn)
    @bp.output(SecondStepStartOut, status_code=201)
    @allow(*roles)
    @before_second_step
    def start(json_data: SecondStepStartIn) -> SecondStepStartOut:
        """Begin to set up a second step; it is on once a code confirms it."""
        staff_sign_in.verify_again(_me(), json_data.password)
        with transaction():
            return SecondStepStartOut.of(second_steps.start(_me(), vault=parts().vault, now=now()))

    @bp.post("/me/second-step/confirmation")
    @bp.input(SecondStepCodeIn)
    @bp.output(RecoveryCodesOut, status_code=201)
    @allow(*roles)
    @before_second_step
    def confirm(json_data: SecondStepCodeIn) -> RecoveryCodesOut:
        """Turn the second step on with the first code; one's other sign-ins end. Tells the recovery codes."""
        staff_sign_in.count_code(_me())
        with transaction():
            codes = second_steps.confirm(
                _me(),
                json_data.second_step_code,
                session_id=current_staff().session_id,
                vault=parts().vault,
                actor=actor(),
                now=now(),
            )
            staff_sign_in.forgive_code(_me())
        return RecoveryCodesOut(recovery_codes=codes)

    @bp.post("/me/second-step/recovery-codes")
    @bp.input(SecondStepCodeIn)
    @bp.output(RecoveryCodesOut, status_code=201)
    @allow(*roles)
    def renew(json_data: SecondStepCodeIn) -> RecoveryCodesOut:
        """Draw new recovery codes; the old ones are good no more."""
        staff_sign_in.count_code(_me())
        with transaction():
            codes = second_steps.renew_codes(
                _me(), json_data.second_step_code, vault=parts().vault, actor=actor(), now=now()
            )
            staff_sign_in.forgive_code(_me())
        return RecoveryCodesOut(recovery_codes=codes)

    @bp.post("/me/second-step/removal")
    @bp.input(SecondStepCodeIn)
    @bp.doc(responses={204: "Off"})
    @allow(*roles)
    def end(json_data: SecondStepCodeIn) -> Response:
        """Turn the second step off, where the role may be without."""
        staff_sign_in.count_code(_me())
        with transaction():
            second_steps.end(_me(), json_data.second_step_code, vault=parts().vault, actor=actor(), now=now())
            staff_sign_in.forgive_code(_me())
        return Response(status=204)


def _sign_ins(bp: APIBlueprint, roles: tuple[str, ...]) -> None:
    @bp.get("/me/sessions")
    @bp.output(OwnSessionsOut)
    @allow(*roles)
    @before_second_step
    def list_sessions() -> OwnSessionsOut:
        """One's own sign-ins that are good now, at the counter and at the console."""
        me = current_staff()
        found = sessions.list_of_staff(me.id, now=now())
        return OwnSessionsOut(
            data=[OwnSessionOut.of(one, store, is_current=one.id == me.session_id) for one, store in found]
        )

    @bp.delete("/me/sessions")
    @bp.doc(responses={204: "Signed out everywhere"})
    @allow(*roles)
    @before_second_step
    def end_all() -> Response:
        """Sign out everywhere, here too."""
        with transaction():
            sessions.revoke_all_of_staff(current_staff().id, now=now())
        return Response(status=204)

    @bp.delete("/me/sessions/<uuid:session_id>")
    @bp.doc(responses={204: "Signed out there"})
    @allow(*roles)
    @before_second_step
    def end_one(session_id: UUID) -> Response:
        """End one of one's own sign-ins."""
        with transaction():
            sessions.end_of_staff(current_staff().id, session_id, now=now())
        return Response(status=204)

    @bp.post("/me/password")
    @bp.input(OwnPasswordIn)
    @bp.doc(responses={204: "Changed"})
    @allow(*roles)
    @before_second_step
    def change_password(json_data: OwnPasswordIn) -> Response:
        """Set one's own password; every other sign-in of one's own ends."""
        me = _me()
        staff_sign_in.verify_again(me, json_data.current_password)
        staff.require_fit(json_data.new_password, person=me, before=json_data.current_password)
        hashed = passwords.hash_of(json_data.new_password)
        with transaction():
            staff.change_password(
                _me(), password_hash=hashed, session_id=current_staff().session_id, actor=actor(), now=now()
            )
        return Response(status=204)


def _me() -> Staff:
    return staff.get_by_public_id(current_staff().public_id)
