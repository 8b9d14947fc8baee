"""Scanning a member code."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, request

from app import transaction
from app.errors import InvalidInput, LoyaltyError, MemberCodeExpired
from app.plain_statements import Plain
from app.rules import member_code
from app.rules.member_code import MemberCode
from app.services import coupon_holds, member_codes, scans, visits
from app.services.clerks import at_counter
from app.services.scans import Scanned
from app.services.sessions import StaffPrincipal
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.early_looks import asks_early
from blueprints.identity import actor, allow, current_staff, now
from blueprints.schemas.coupons import CouponOut
from blueprints.schemas.members import MemberCardOut
from blueprints.schemas.visits import VisitIn, VisitOut

bp = APIBlueprint("visits", __name__, tag="counter")

# Codes that opened no visit, per clerk: eight digits cannot be guessed at this rate, screenshots can still be retried.
WRONG_CODES = Limit("member_code", tries=30, window_seconds=300)


def _whose(token_hash: bytes) -> Plain | None:
    """Whom the code of this request names."""
    body = request.get_json(silent=True)
    said = body.get("member_code") if isinstance(body, dict) else None
    try:
        code = member_code.parse(said if isinstance(said, str) else "")
    except InvalidInput:
        return None
    return visits.holder_look_for(code.number, token_hash=token_hash)


@bp.post("/visits")
@bp.input(VisitIn)
@bp.output(VisitOut, status_code=201)
@allow("clerk", "manager")
@asks_early(_whose)
def scan(json_data: VisitIn) -> Response:
    """Open a visit with a member code. The code works once; scanning it again before use gives the same visit."""
    clerk = current_staff()
    code = member_code.parse(json_data.member_code)
    scanned = _at_once(code, clerk) or _in_turn(code, clerk)
    seen = VisitOut(
        visit_id=scanned.visit.public_id,
        expires_at=scanned.visit.expires_at,
        member=MemberCardOut.of(scanned.card),
        coupons=[CouponOut.of(coupon) for coupon in scanned.coupons],
    )
    # A counter's busiest answer: written by its schema, not taken apart and put together again.
    return Response(seen.model_dump_json(), status=201, mimetype="application/json")


def _at_once(code: MemberCode, clerk: StaffPrincipal) -> Scanned | None:
    """The usual scan, in the door's own transaction; None when there is anything to be told or counted."""
    try:
        member_id, step = _prove(code, clerk.early or [])
    except LoyaltyError:
        return None
    turn = attempts.turn_of(WRONG_CODES, str(clerk.id))
    sent = transaction.run(lambda: scans.AtOnce(member_id, code_step=step, staff=clerk, turn=turn, now=now()))
    return sent.scanned()


def _in_turn(code: MemberCode, clerk: StaffPrincipal) -> Scanned:
    """Whatever the case: one try after the other, and what is refused is counted."""

    def prove(rows: list[Any]) -> Scanned:
        member_id, step = _prove(code, rows)
        return scans.step_by_step(member_id, code_step=step, staff=clerk, now=now())

    return attempts.in_turn(WRONG_CODES, str(clerk.id), visits.holder_look(code.number, staff=clerk), prove)


def _prove(code: MemberCode, rows: list[Any]) -> tuple[int, int]:
    """The member and the step of a code that is theirs and still good."""
    holder = visits.holder_of(rows)
    step = None
    if holder is not None:
        secret = member_codes.secret_bytes(code.number, holder.secret_cipher, vault=parts().vault)
        step = member_code.matching_step(code, secret, at=now())
    if holder is None or step is None:
        # Unknown number, wrong digits and an old screenshot look the same from outside, and the remedy is the same.
        raise MemberCodeExpired
    return holder.member_id, step


@bp.delete("/visits/<uuid:visit_id>/holds")
@bp.doc(responses={204: "Nothing is held for the visit any more"})
@allow("clerk", "manager")
def release(visit_id: UUID) -> Response:
    """Give back the coupons held for a visit, at once instead of by their time; the visit stays open."""
    transaction.run(lambda: coupon_holds.release(visit_id, clerk=at_counter(actor()), now=now()))
    return Response(status=204)
