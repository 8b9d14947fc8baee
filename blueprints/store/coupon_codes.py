"""A code the customer brought on paper, typed by the clerk."""

from apiflask import APIBlueprint

from app.rules import coupon_code
from app.services import coupon_codes, visits
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, current_staff, now
from blueprints.schemas.coupon_codes import CounterCodeIn
from blueprints.schemas.coupons import CouponOut

bp = APIBlueprint("coupon_codes", __name__, tag="counter")

# A clerk types for many customers; all of a store together are stopped before somebody goes from till to till.
WRONG_CODES = Limit("coupon_code_clerk", tries=10, window_seconds=3600)
WRONG_CODES_AT_STORE = Limit("coupon_code_store", tries=60, window_seconds=3600)


@bp.post("/coupon-codes")
@bp.input(CounterCodeIn)
@bp.output(CouponOut, status_code=201)
@allow("clerk", "manager")
@attempts.counted(
    (WRONG_CODES, lambda: f"staff:{current_staff().id}"),
    (WRONG_CODES_AT_STORE, lambda: f"store:{current_staff().store_id}"),
)
@idempotent
def use(json_data: CounterCodeIn) -> CouponOut:
    """Turn a code into a coupon of the member in front of the clerk; the visit stays good for the bill."""
    code_hash = coupon_codes.hash_of(coupon_code.parse(json_data.code), vault=parts().vault)
    member_id = visits.get_open(json_data.visit_id, staff=current_staff(), now=now()).member_id
    return CouponOut.of(coupon_codes.use(member_id, code_hash=code_hash, actor=actor(), now=now()))
