"""Scanning a member code, whatever the case. The usual one is answered before the application: blueprints/store/quick_scan.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app import transaction
from app.errors import MemberCodeExpired
from app.gateways.vault import Vault
from app.rules import member_code
from app.rules.member_code import MemberCode
from app.services import checkout_quotes, coupon_holds, member_codes, scans, visits
from app.services.checkout_bills import RungUp
from app.services.checkout_quotes import Quote
from app.services.clerks import at_counter
from app.services.scans import Scanned
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.identity import actor, allow, current_staff, now
from blueprints.schemas.checkouts import QuoteOut
from blueprints.schemas.coupons import CouponOut, in_english
from blueprints.schemas.members import MemberCardOut
from blueprints.schemas.visits import VisitIn, VisitOut

bp = APIBlueprint("visits", __name__, tag="counter")

# Codes that opened no visit, per clerk: eight digits cannot be guessed at this rate, screenshots can still be retried.
WRONG_CODES = Limit("member_code", tries=30, window_seconds=300)


@bp.post("/visits")
@bp.input(VisitIn)
@bp.output(VisitOut, status_code=201)
@allow("clerk", "manager")
def scan(json_data: VisitIn) -> Response:
    """Open a visit with a member code, and quote a bill that is known already. The code works once; scanning it again before use
    gives the same visit."""
    clerk = current_staff()
    code = member_code.parse(json_data.member_code)

    def opened(rows: list[Any]) -> Scanned:
        member_id, step = prove(code, rows, vault=parts().vault, at=now())
        return scans.step_by_step(member_id, code_step=step, staff=clerk, now=now())

    # One try of a clerk's after the other, and what is refused is counted.
    scanned = attempts.in_turn(WRONG_CODES, str(clerk.id), visits.holder_look(code.number, staff=clerk), opened)
    quote = None if json_data.bill_fen is None else _quote(scanned, RungUp(bill_fen=json_data.bill_fen))
    return Response(written(scanned, quote, english=in_english()), status=201, mimetype="application/json")


def _quote(scanned: Scanned, rung_up: RungUp) -> Quote:
    visit_id = scanned.visit.public_id
    return transaction.run(
        lambda: checkout_quotes.quote(visit_id, rung_up, coupon_ids=None, pay_points=0, actor=actor(), now=now())
    )


def prove(code: MemberCode, rows: Sequence[Any], *, vault: Vault, at: datetime) -> tuple[int, int]:
    """The member and the step of a code that is theirs and still good. Raises MemberCodeExpired, SelfService."""
    holder = visits.holder_of(rows)
    step = None
    if holder is not None:
        secret = member_codes.secret_bytes(code.number, holder.secret_cipher, vault=vault)
        step = member_code.matching_step(code, secret, at=at)
    if holder is None or step is None:
        # Unknown number, wrong digits and an old screenshot look the same from outside, and the remedy is the same.
        raise MemberCodeExpired
    return holder.member_id, step


def written(scanned: Scanned, quote: Quote | None, *, english: bool) -> str:
    """A VisitOut as JSON: a counter's busiest answer is written by its schema, not taken apart and put together again."""
    return VisitOut(
        visit_id=scanned.visit.public_id,
        expires_at=scanned.visit.expires_at,
        member=MemberCardOut.of(scanned.card),
        coupons=[CouponOut.of(coupon, english=english) for coupon in scanned.coupons],
        quote=None if quote is None else QuoteOut.of(quote, english=english),
    ).model_dump_json()


@bp.delete("/visits/<uuid:visit_id>/holds")
@bp.doc(responses={204: "Nothing is held for the visit any more"})
@allow("clerk", "manager")
def release(visit_id: UUID) -> Response:
    """Give back the coupons held for a visit, at once instead of by their time; the visit stays open."""
    transaction.run(lambda: coupon_holds.release(visit_id, clerk=at_counter(actor()), now=now()))
    return Response(status=204)
