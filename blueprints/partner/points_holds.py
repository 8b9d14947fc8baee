"""Paying with points at a partner's till: hold, then capture or release."""

from datetime import timedelta
from uuid import UUID

from apiflask import APIBlueprint
from flask import request

from app.services import partner_holds
from blueprints.idempotency import HEADER, idempotent
from blueprints.identity import allow, now
from blueprints.partner import member_codes
from blueprints.partner.member_codes import counted
from blueprints.schemas.partner import CaptureIn, HoldIn, HoldOut
from blueprints.signatures import current_partner

bp = APIBlueprint("points_holds", __name__, tag="points")


@bp.post("/points-holds")
@bp.input(HoldIn)
@bp.output(HoldOut, status_code=201)
@allow("partner")
@counted
@idempotent
def hold(json_data: HoldIn) -> HoldOut:
    """Hold points for a bill. The member code is used up: nothing else can be done with it, here or at a counter."""
    proven = member_codes.prove(json_data.member_code, at=now())
    made = partner_holds.hold(
        proven.member_id,
        code_step=proven.step,
        amount=json_data.points,
        # The key outlives its stored answer here: even months later it names this one hold.
        key=request.headers[HEADER].strip(),
        expires_at=now() + timedelta(seconds=json_data.hold_seconds),
        partner=current_partner(),
        now=now(),
    )
    return HoldOut.of(made)


@bp.post("/points-holds/<uuid:hold_id>/capture")
@bp.input(CaptureIn)
@bp.output(HoldOut)
@allow("partner")
@idempotent
def capture(hold_id: UUID, json_data: CaptureIn) -> HoldOut:
    """Spend what was held, or a part of it; the rest is given back."""
    return HoldOut.of(partner_holds.capture(hold_id, amount=json_data.points, partner=current_partner(), now=now()))


@bp.post("/points-holds/<uuid:hold_id>/release")
@bp.output(HoldOut)
@allow("partner")
@idempotent
def release(hold_id: UUID) -> HoldOut:
    """Give back what was held; releasing twice changes nothing."""
    return HoldOut.of(partner_holds.release(hold_id, partner=current_partner(), now=now()))
