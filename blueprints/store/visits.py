"""Scanning a member code."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app import transaction
from app.errors import MemberCodeExpired
from app.rules import member_code
from app.rules.member_code import MemberCode
from app.services import coupon_holds, member_codes, scans, visits
from app.services.clerks import at_counter
from app.services.sessions import StaffPrincipal
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.identity import actor, allow, current_staff, now
from blueprints.schemas.coupons import CouponOut
from blueprints.schemas.members import MemberCardOut
from blueprints.schemas.visits import VisitIn, VisitOut

T = TypeVar("T")

bp = APIBlueprint("visits", __name__, tag="counter")

# Codes that opened no visit, per clerk: eight digits cannot be guessed at this rate, screenshots can still be retried.
WRONG_CODES = Limit("member_code", tries=30, window_seconds=300)


@bp.post("/visits")
@bp.input(VisitIn)
@bp.output(VisitOut, status_code=201)
@allow("clerk", "manager")
def scan(json_data: VisitIn) -> Response:
    """Open a visit with a member code. The code works once; scanning it again before use gives the same visit."""
    clerk = current_staff()
    code = member_code.parse(json_data.member_code)
    scanned = _open(code, clerk, scans.AtOnce).scanned() or _open(code, clerk, scans.step_by_step)
    seen = VisitOut(
        visit_id=scanned.visit.public_id,
        expires_at=scanned.visit.expires_at,
        member=MemberCardOut.of(scanned.card),
        coupons=[CouponOut.of(coupon) for coupon in scanned.coupons],
    )
    # A counter's busiest answer: written by its schema, not taken apart and put together again.
    return Response(seen.model_dump_json(), status=201, mimetype="application/json")


def _open(code: MemberCode, clerk: StaffPrincipal, way: Callable[..., T]) -> T:
    """Prove the code and open its visit one way or another."""

    def prove(rows: list[Any]) -> T:
        holder = visits.holder_of(rows)
        step = None
        if holder is not None:
            secret = member_codes.secret_bytes(code.number, holder.secret_cipher, vault=parts().vault)
            step = member_code.matching_step(code, secret, at=now())
        if holder is None or step is None:
            # Unknown number, wrong digits and an old screenshot look the same from outside, and the remedy is the same.
            raise MemberCodeExpired
        return way(holder.member_id, code_step=step, staff=clerk, now=now())

    return attempts.in_turn(WRONG_CODES, str(clerk.id), visits.holder_look(code.number, staff=clerk), prove)


@bp.delete("/visits/<uuid:visit_id>/holds")
@bp.doc(responses={204: "Nothing is held for the visit any more"})
@allow("clerk", "manager")
def release(visit_id: UUID) -> Response:
    """Give back the coupons held for a visit, at once instead of by their time; the visit stays open."""
    transaction.run(lambda: coupon_holds.release(visit_id, clerk=at_counter(actor()), now=now()))
    return Response(status=204)
