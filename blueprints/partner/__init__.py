"""The door of tills, shops and e-commerce systems: signed requests that report bills and refunds and hold points."""

from apiflask import APIBlueprint

from blueprints.partner import points_holds, purchases, refunds
from blueprints.signatures import partner_door

bp = APIBlueprint("partner", __name__, url_prefix="/api/partner/v1", tag="partner")
bp.before_request(partner_door)

for noun in (purchases, refunds, points_holds):
    bp.register_blueprint(noun.bp)
