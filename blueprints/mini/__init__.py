"""The customer's door: everything a member does from the mini-program."""

from apiflask import APIBlueprint

from blueprints.identity import member_door
from blueprints.mini import (
    badges,
    check_ins,
    consents,
    contacts,
    coupon_batches,
    coupon_codes,
    coupon_transfers,
    coupons,
    exchange,
    home,
    me,
    member_code,
    message_opens,
    message_preferences,
    message_templates,
    points,
    privacy,
    sessions,
    subscription_offers,
    subscription_reports,
    tiers,
)

bp = APIBlueprint("mini", __name__, url_prefix="/api/mini/v1", tag="mini")
bp.before_request(member_door)

for noun in (
    badges,
    check_ins,
    consents,
    contacts,
    coupon_batches,
    coupon_codes,
    coupon_transfers,
    coupons,
    exchange,
    home,
    me,
    member_code,
    message_opens,
    message_preferences,
    message_templates,
    points,
    privacy,
    sessions,
    subscription_offers,
    subscription_reports,
    tiers,
):
    bp.register_blueprint(noun.bp)
