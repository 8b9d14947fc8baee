"""Turning a printed code into a coupon."""

from apiflask import APIBlueprint

from app.rules import coupon_code
from app.services import coupon_codes
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, current_member, now
from blueprints.schemas.coupon_codes import CodeIn
from blueprints.schemas.coupons import CouponOut

bp = APIBlueprint("coupon_codes", __name__, tag="coupons")

# A code has 60 bits: the limit is against those who try the codes of others, not against luck.
WRONG_CODES = Limit("coupon_code", tries=10, window_seconds=3600)


@bp.post("/coupon-codes")
@bp.input(CodeIn)
@bp.output(CouponOut, status_code=201)
@allow("member")
@attempts.counted((WRONG_CODES, lambda: f"member:{current_member().id}"))
@idempotent
def use(json_data: CodeIn) -> CouponOut:
    """Turn a code into a coupon of mine. Ten codes that are not good, and an hour's pause follows."""
    code_hash = coupon_codes.hash_of(coupon_code.parse(json_data.code), vault=parts().vault)
    return CouponOut.of(coupon_codes.use(current_member().id, code_hash=code_hash, actor=actor(), now=now()))
