"""The marketer's and manager's door."""

from apiflask import APIBlueprint

from blueprints.console_api import (
    adjustments,
    badges,
    campaigns,
    counter_reports,
    coupon_automations,
    coupon_batches,
    coupon_code_imports,
    coupon_code_runs,
    coupon_exchanges,
    coupon_reports,
    coupon_templates,
    earning_rules,
    issue_runs,
    job_runs,
    ladders,
    member_lists,
    member_points,
    members,
    message_templates,
    partner_keys,
    payers,
    programme,
    reports,
    revocations,
    sessions,
    settlements,
    staff,
    stores,
    tier_benefits,
)
from blueprints.identity import staff_door

bp = APIBlueprint("console", __name__, url_prefix="/api/console/v1", tag="console")
bp.before_request(staff_door)

for noun in (
    adjustments,
    badges,
    campaigns,
    counter_reports,
    coupon_automations,
    coupon_batches,
    coupon_code_imports,
    coupon_code_runs,
    coupon_exchanges,
    coupon_reports,
    coupon_templates,
    earning_rules,
    issue_runs,
    job_runs,
    ladders,
    member_lists,
    member_points,
    members,
    message_templates,
    partner_keys,
    payers,
    programme,
    reports,
    revocations,
    sessions,
    settlements,
    staff,
    stores,
    tier_benefits,
):
    bp.register_blueprint(noun.bp)
