"""The clerk's door: everything done at the counter of one store."""

from apiflask import APIBlueprint

from blueprints.identity import staff_door
from blueprints.store import (
    checkouts,
    coupon_codes,
    coupon_issues,
    members,
    purchases,
    redemption_attempts,
    redemptions,
    sessions,
    visitor_notes,
    visits,
)

bp = APIBlueprint("store", __name__, url_prefix="/api/store/v1", tag="store")
bp.before_request(staff_door)

for noun in (
    checkouts,
    coupon_codes,
    coupon_issues,
    members,
    purchases,
    redemption_attempts,
    redemptions,
    sessions,
    visitor_notes,
    visits,
):
    bp.register_blueprint(noun.bp)
