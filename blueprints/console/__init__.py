"""The marketer's pages: members, coupons, campaigns, reports, settings. A room a noun, its templates in templates/console/."""

from apiflask import APIBlueprint

from blueprints.console import (
    automations,
    badges,
    campaign_calendar,
    campaign_deliveries,
    campaign_editing,
    campaign_preflights,
    campaign_results,
    campaign_runs,
    campaign_steps,
    campaign_tests,
    campaigns,
    clerk_limits,
    coupon_automations,
    coupon_batches,
    coupon_codes,
    coupon_exchanges,
    coupon_reports,
    coupon_templates,
    earning_rules,
    failed_messages,
    first_steps,
    home,
    issue_runs,
    ladders,
    member_imports,
    menu,
    payers,
    programme,
    revocations,
    rfm_grid,
    segment_builder,
    segments,
    settlements,
    tiers,
)
from blueprints.pages import refusals, signing_in
from blueprints.pages.door import lock

bp = APIBlueprint("console_pages", __name__, url_prefix="/console", enable_openapi=False, template_folder="templates")
bp.before_request(lock("console"))
refusals.register(bp)
bp.app_context_processor(lambda: {"console_menu": menu.visible})

for noun in (
    automations,
    badges,
    campaign_calendar,
    campaign_deliveries,
    campaign_editing,
    campaign_preflights,
    campaign_results,
    campaign_runs,
    campaign_steps,
    campaign_tests,
    campaigns,
    clerk_limits,
    coupon_automations,
    coupon_batches,
    coupon_codes,
    coupon_exchanges,
    coupon_reports,
    coupon_templates,
    earning_rules,
    failed_messages,
    first_steps,
    home,
    issue_runs,
    ladders,
    member_imports,
    payers,
    programme,
    revocations,
    rfm_grid,
    segment_builder,
    segments,
    settlements,
    tiers,
):
    bp.register_blueprint(noun.bp)
bp.register_blueprint(signing_in.make("console", signing_in.ConsoleSignIn))
