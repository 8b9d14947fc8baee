"""Scanning a member code."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app import transaction
from app.errors import MemberCodeExpired
from app.rules import member_code
from app.services import coupon_holds, member_codes, stores, visits, wallet
from app.services.clerks import at_counter
from app.services.visits import OpenedVisit
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.identity import actor, allow, current_staff, now
from blueprints.schemas.coupons import CouponOut
from blueprints.schemas.members import MemberCardOut
from blueprints.schemas.visits import VisitIn, VisitOut

bp = APIBlueprint("visits", __name__, tag="counter")

# Codes that opened no visit, per clerk: eight digits cannot be guessed at this rate, screenshots can still be retried.
WRONG_CODES = Limit("member_code", tries=30, window_seconds=300)


@bp.post("/visits")
@bp.input(VisitIn)
@bp.output(VisitOut, status_code=201)
@allow("clerk", "manager")
def scan(json_data: VisitIn) -> VisitOut:
    """Open a visit with a member code. The code works once; scanning it again before use gives the same visit."""
    clerk = current_staff()
    code = member_code.parse(json_data.member_code)
    # Before the look-up: guesses sent side by side must each find the ones before them counted.
    attempts.count(WRONG_CODES, str(clerk.id))
    holder = visits.find_holder(code.number, staff=clerk)
    step = None
    if holder is not None:
        secret = member_codes.secret_bytes(code.number, holder.secret_cipher, vault=parts().vault)
        step = member_code.matching_step(code, secret, at=now())
    if holder is None or step is None:
        # Unknown number, wrong digits and an old screenshot look the same from outside, and the remedy is the same.
        raise MemberCodeExpired
    member_id, code_step = holder.member_id, step
    visit = transaction.run(lambda: _open(member_id, code_step))
    usable = wallet.list_usable(member_id, store_code=stores.get(clerk.store_id or 0).code, now=now())
    return VisitOut(
        visit_id=visit.public_id,
        expires_at=visit.expires_at,
        member=MemberCardOut.of(visits.card(member_id, now=now())),
        coupons=[CouponOut.of(coupon) for coupon in usable],
    )


@bp.delete("/visits/<uuid:visit_id>/holds")
@bp.doc(responses={204: "Nothing is held for the visit any more"})
@allow("clerk", "manager")
def release(visit_id: UUID) -> Response:
    """Give back the coupons held for a visit, at once instead of by their time; the visit stays open."""
    transaction.run(lambda: coupon_holds.release(visit_id, clerk=at_counter(actor()), now=now()))
    return Response(status=204)


def _open(member_id: int, code_step: int) -> OpenedVisit:
    clerk = current_staff()
    visit = visits.open_visit(member_id, code_step=code_step, staff=clerk, now=now())
    attempts.forgive(WRONG_CODES, str(clerk.id))
    return visit
