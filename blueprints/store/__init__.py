"""The clerk's door: everything done at the counter of one store."""

from apiflask import APIBlueprint

from blueprints import own_account
from blueprints.identity import staff_door
from blueprints.store import (
    checkouts,
    counter_days,
    counter_tools,
    coupon_codes,
    coupon_issues,
    lookups,
    members,
    purchases,
    redemption_attempts,
    redemptions,
    sessions,
    shifts,
    visitor_notes,
    visits,
)

bp = APIBlueprint("store", __name__, url_prefix="/api/store/v1", tag="store")
bp.before_request(staff_door)

for noun in (
    checkouts,
    counter_days,
    counter_tools,
    coupon_codes,
    coupon_issues,
    lookups,
    members,
    purchases,
    redemption_attempts,
    redemptions,
    sessions,
    shifts,
    visitor_notes,
    visits,
):
    bp.register_blueprint(noun.bp)
bp.register_blueprint(own_account.make("clerk", "manager"))
