"""The marketer's and manager's door."""

from apiflask import APIBlueprint

from blueprints.console_api import (
    badges,
    campaigns,
    coupon_batches,
    coupon_templates,
    job_runs,
    members,
    message_templates,
    partner_keys,
    programme,
    sessions,
    staff,
    stores,
)
from blueprints.identity import staff_door

bp = APIBlueprint("console", __name__, url_prefix="/api/console/v1", tag="console")
bp.before_request(staff_door)

for noun in (
    badges,
    campaigns,
    coupon_batches,
    coupon_templates,
    job_runs,
    members,
    message_templates,
    partner_keys,
    programme,
    sessions,
    staff,
    stores,
):
    bp.register_blueprint(noun.bp)
