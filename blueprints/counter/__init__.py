"""The clerk's pages at the counter of one store. A room a noun, its templates in templates/counter/."""

from apiflask import APIBlueprint

from blueprints.counter import (
    bills,
    camera,
    coupon_issues,
    days,
    enrolment,
    exchange,
    home,
    members,
    notes,
    refunds,
    scans,
    shifts,
    training,
    visits,
)
from blueprints.pages import own_account, refusals, signing_in
from blueprints.pages.door import lock

bp = APIBlueprint("counter_pages", __name__, url_prefix="/counter", enable_openapi=False, template_folder="templates")
bp.before_request(lock("counter"))
refusals.register(bp)

for noun in (
    bills,
    camera,
    coupon_issues,
    days,
    enrolment,
    exchange,
    home,
    members,
    notes,
    refunds,
    scans,
    shifts,
    training,
    visits,
):
    bp.register_blueprint(noun.bp)
bp.register_blueprint(signing_in.make("counter", signing_in.CounterSignIn))
bp.register_blueprint(own_account.make("counter", "clerk", "manager"))
