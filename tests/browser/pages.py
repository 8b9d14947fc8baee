"""Every page, for the checks and pictures that all of them go through. A page without a line fails test_every_page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A page: its endpoint, an address of it, and who looks at it ("" for nobody signed in).

    `path` may name what the demo shop or `World` has: "{member}" → a member's id.
    """

    endpoint: str
    path: str
    login: str = "admin"
    # What a picture of it is called; several places may show one endpoint in different states.
    state: str = ""

    @property
    def door(self) -> str:
        return "counter" if self.path.startswith("/counter") else "console"

    @property
    def name(self) -> str:
        return self.endpoint.replace(".", "-") + (f"-{self.state}" if self.state else "")


PLACES: tuple[Place, ...] = (
    Place("welcome.show", "/", ""),
    Place("console_pages.signing_in.show", "/console/sign-in", ""),
    Place("counter_pages.signing_in.show", "/counter/sign-in", ""),
    Place("console_pages.home.show", "/console"),
    Place("console_pages.clerk_limits.show", "/console/clerk-limits"),
    Place("console_pages.clerk_limits.show", "/console/clerk-limits", "marketer", "read"),
    Place("console_pages.coupon_automations.show_list", "/console/coupon-automations"),
    Place("console_pages.coupon_automations.show_new", "/console/coupon-automations/new"),
    Place("console_pages.coupon_batches.show_list", "/console/coupon-batches"),
    Place("console_pages.coupon_batches.show_list", "/console/coupon-batches?status=closed", state="none"),
    Place("console_pages.coupon_batches.show_new", "/console/coupon-batches/new"),
    Place(
        "console_pages.coupon_batches.show_new",
        "/console/coupon-batches/new?template={coupon_template}",
        state="chosen",
    ),
    Place("console_pages.coupon_batches.show", "/console/coupon-batches/{batch_claim}", state="claim"),
    Place("console_pages.coupon_batches.show", "/console/coupon-batches/{batch_issue}", state="issue"),
    Place("console_pages.coupon_batches.show", "/console/coupon-batches/{batch_birthday}", "auditor", "read"),
    Place("console_pages.coupon_batches.show_change", "/console/coupon-batches/{batch_claim}/change"),
    Place("console_pages.coupon_codes.show_runs", "/console/coupon-batches/{batch_code}/codes"),
    Place("console_pages.coupon_exchanges.show_offers", "/console/exchange-shop"),
    Place("console_pages.coupon_exchanges.show_list", "/console/coupon-exchanges"),
    Place("console_pages.coupon_exchanges.show_list", "/console/coupon-exchanges?member_id={member}", state="none"),
    Place("console_pages.coupon_reports.show", "/console/coupon-reports"),
    Place(
        "console_pages.coupon_reports.show", "/console/coupon-reports?first=2020-01-01&last=2020-01-31", state="none"
    ),
    Place("console_pages.coupon_reports.show_batches", "/console/coupon-reports/batches"),
    Place("console_pages.coupon_reports.show_batch", "/console/coupon-reports/batches/{batch_claim}"),
    Place("console_pages.coupon_reports.show_templates", "/console/coupon-reports/templates"),
    Place("console_pages.coupon_reports.show_top", "/console/coupon-reports/most-used"),
    Place("console_pages.coupon_reports.show_stores", "/console/coupon-reports/stores"),
    Place("console_pages.coupon_reports.show_clerks", "/console/coupon-reports/people"),
    Place(
        "console_pages.coupon_reports.show_clerks", "/console/coupon-reports/people?store_id={store_id}", state="store"
    ),
    Place("console_pages.coupon_reports.show_refusals", "/console/coupon-reports/refusals"),
    Place("console_pages.coupon_templates.show_list", "/console/coupon-templates"),
    Place("console_pages.coupon_templates.show_new", "/console/coupon-templates/new"),
    Place("console_pages.coupon_templates.show_new", "/console/coupon-templates/new?kind=percent_off", state="form"),
    Place("console_pages.coupon_templates.show", "/console/coupon-templates/{coupon_template}"),
    Place("console_pages.coupon_templates.show_revision", "/console/coupon-templates/{coupon_template}/versions/new"),
    Place("console_pages.issue_runs.show_list", "/console/issue-runs"),
    Place("console_pages.issue_runs.show_new", "/console/coupon-batches/{batch_issue}/issue-runs/new"),
    Place("console_pages.issue_runs.show", "/console/issue-runs/{run}"),
    Place("console_pages.payers.show_list", "/console/payers"),
    Place("console_pages.payers.show_new", "/console/payers/new"),
    Place("console_pages.payers.show", "/console/payers/{payer}"),
    Place("console_pages.payers.show_change", "/console/payers/{payer}/change"),
    Place("console_pages.revocations.show_list", "/console/revocations"),
    Place("console_pages.revocations.show_batch_form", "/console/coupon-batches/{batch_claim}/revoke"),
    Place("console_pages.revocations.show_run_form", "/console/issue-runs/{run}/revoke"),
    Place("console_pages.revocations.show", "/console/revocations/{revocation}"),
    Place("console_pages.settlements.show", "/console/settlements/{settlement}"),
    Place("console_pages.badges.show_list", "/console/badges"),
    Place("console_pages.badges.show_list", "/console/badges", "auditor", "read"),
    Place("console_pages.badges.show", "/console/badges/{badge}"),
    Place("console_pages.earning_rules.show_list", "/console/earning-rules"),
    Place("console_pages.earning_rules.show_new", "/console/earning-rules/new"),
    Place("console_pages.earning_rules.show_new", "/console/earning-rules/new?kind=per_yuan", state="per-yuan"),
    Place("console_pages.earning_rules.show_new", "/console/earning-rules/new?kind=multiplier", state="multiplier"),
    Place("console_pages.earning_rules.show_new", "/console/earning-rules/new?kind=fixed", state="fixed"),
    Place("console_pages.earning_rules.show", "/console/earning-rules/browser_double"),
    Place("console_pages.earning_rules.show_edit", "/console/earning-rules/browser_double/edit"),
    Place("console_pages.earning_rules.show_trial", "/console/earning-rules/dry-run"),
    Place("console_pages.first_steps.show", "/console/first-steps"),
    Place("console_pages.ladders.show_list", "/console/ladders"),
    Place("console_pages.ladders.show_new", "/console/ladders/new"),
    Place("console_pages.ladders.show", "/console/ladders/{ladder_draft}", state="draft"),
    Place("console_pages.ladders.show", "/console/ladders/{ladder_active}", "marketer", "active"),
    Place("console_pages.member_imports.show_list", "/console/member-imports"),
    Place("console_pages.member_imports.show_list", "/console/member-imports", "auditor", "read"),
    Place("console_pages.member_imports.show", "/console/member-imports/{import_checked}", state="checked"),
    Place("console_pages.member_imports.show", "/console/member-imports/{import_done}", state="done"),
    Place("console_pages.member_imports.show", "/console/member-imports/{import_undone}", "auditor", "undone"),
    Place("console_pages.member_imports.show_exports", "/console/exports"),
    Place("console_pages.programme.show", "/console/programme"),
    Place("console_pages.programme.show", "/console/programme", "marketer", "read"),
    Place("console_pages.tiers.show_new", "/console/tiers/new"),
    Place("console_pages.tiers.show", "/console/tiers/{tier}"),
    Place("console_pages.tiers.show", "/console/tiers/{tier}", "marketer", "read"),
    Place("counter_pages.home.show", "/counter", "clerk"),
    Place("console_pages.segments.show_list", "/console/segments", "marketer"),
    Place("console_pages.segments.show_list", "/console/segments?archived=yes", "auditor", "empty"),
    Place("console_pages.rfm_grid.show", "/console/rfm-grid", "marketer"),
    Place("console_pages.failed_messages.show", "/console/failed-messages", "manager"),
    Place("console_pages.segment_builder.new", "/console/segments/new", "marketer"),
    Place("console_pages.segment_builder.new", "/console/segments/new?recency=5&frequency=4", "marketer", "cell"),
    Place("console_pages.segment_builder.revise", "/console/segments/{segment}/rule", "marketer"),
    Place("console_pages.segments.show", "/console/segments/{segment}", "marketer"),
    Place("console_pages.segments.explain", "/console/segments/{segment}/why?member={member}", "marketer"),
    Place("console_pages.campaigns.show_list", "/console/campaigns", "marketer"),
    Place("console_pages.campaigns.show_list", "/console/campaigns?state=missed", "auditor", "empty"),
    Place("console_pages.campaigns.show", "/console/campaigns/{campaign}", "marketer"),
    Place("console_pages.campaigns.show", "/console/campaigns/{campaign_review}", "manager", "review"),
    Place("console_pages.campaigns.show", "/console/campaigns/{campaign_refused}", "marketer", "refused"),
    Place("console_pages.campaigns.show", "/console/campaigns/{campaign_paused}", "marketer", "paused"),
    Place("console_pages.campaigns.show", "/console/campaigns/{campaign_done}", "marketer", "done"),
    Place("console_pages.campaigns.show", "/console/campaigns/{automation}", "marketer", "automation"),
    Place("console_pages.campaign_editing.new", "/console/campaigns/new", "marketer", "kind"),
    Place("console_pages.campaign_editing.new", "/console/campaigns/new?kind=one_off", "marketer", "template"),
    Place(
        "console_pages.campaign_editing.new",
        "/console/campaigns/new?kind=recurring&template={message_template}",
        "marketer",
        "form",
    ),
    Place("console_pages.campaign_editing.edit", "/console/campaigns/{campaign}/edit", "marketer"),
    Place("console_pages.campaign_preflights.show", "/console/campaigns/{campaign}/pre-flight", "marketer"),
    Place("console_pages.campaign_tests.show", "/console/campaigns/{campaign}/test-sends", "marketer"),
    Place("console_pages.campaign_runs.show_list", "/console/campaigns/{campaign_done}/runs", "marketer"),
    Place("console_pages.campaign_runs.show_list", "/console/campaigns/{campaign}/runs", "marketer", "empty"),
    Place("console_pages.campaign_results.show", "/console/campaigns/{campaign_done}/results", "marketer"),
    Place("console_pages.campaign_deliveries.show_list", "/console/campaigns/{campaign_done}/deliveries", "manager"),
    Place("console_pages.campaign_calendar.show", "/console/calendar", "marketer"),
    Place("console_pages.automations.show_list", "/console/automations", "marketer"),
    Place("console_pages.automations.trial", "/console/campaigns/{automation}/trial", "marketer"),
    Place("console_pages.own_account.show", "/console/account"),
    Place("counter_pages.own_account.show", "/counter/account", "clerk"),
    Place("console_pages.audit.show_list", "/console/audit"),
    Place("console_pages.audit.show_list", "/console/audit?action=no.such", state="empty"),
    Place("console_pages.jobs.show", "/console/jobs/count_days"),
    Place("console_pages.jobs.show_list", "/console/jobs"),
    Place("console_pages.message_templates.show", "/console/message-templates/{message_template}"),
    Place("console_pages.message_templates.show_change", "/console/message-templates/{message_template}/change"),
    Place("console_pages.message_templates.show_list", "/console/message-templates"),
    Place("console_pages.message_templates.show_new", "/console/message-templates/new"),
    Place("console_pages.message_templates.show_text", "/console/message-templates/{message_template}/channels/email"),
    Place(
        "console_pages.message_templates.show_text",
        "/console/message-templates/{message_template}/channels/sms",
        state="sms",
    ),
    Place("console_pages.message_topics.show_change", "/console/message-topics/{topic}"),
    Place("console_pages.message_topics.show_list", "/console/message-topics"),
    Place("console_pages.message_topics.show_new", "/console/message-topics/new"),
    Place("console_pages.partner_keys.show_list", "/console/partner-keys"),
    Place("console_pages.reports.liability", "/console/reports/points-liability"),
    Place("console_pages.reports.marketing", "/console/reports/marketing"),
    Place("console_pages.reports.trial_balance", "/console/reports/trial-balance"),
    Place("console_pages.sending.show", "/console/sending"),
    Place("console_pages.staff.show_change", "/console/staff/{staff}"),
    Place("console_pages.staff.show_list", "/console/staff"),
    Place("console_pages.staff.show_new", "/console/staff/new"),
    Place("console_pages.stores.show_list", "/console/stores"),
    Place("console_pages.subscription_scenes.show_form", "/console/subscription-scenes/edit"),
    Place("console_pages.subscription_scenes.show_list", "/console/subscription-scenes"),
    Place("counter_pages.members.show", "/counter/members/{member}", "clerk"),
    Place("counter_pages.members.show_visit", "/counter/visits/{visit}", "clerk"),
    Place("counter_pages.exchange.show", "/counter/visits/{visit}/exchange", "clerk"),
    Place("counter_pages.days.show", "/counter/day", "clerk"),
    Place("counter_pages.days.show", "/counter/day?on=2020-01-01", "clerk", state="empty"),
    Place("counter_pages.enrolment.show", "/counter/enrol", "clerk"),
    Place("counter_pages.shifts.show", "/counter/shift", "clerk"),
    Place("counter_pages.training.show", "/counter/training", "clerk"),
)

# GET endpoints that show no page of their own: fragments, files, downloads.
NO_PAGES: frozenset[str] = frozenset(
    {
        "console_pages.campaigns.progress",
        "console_pages.campaign_results.deliveries_csv",
        "console_pages.campaign_results.results_csv",
        "console_pages.member_imports.lines_csv",
        "console_pages.member_imports.members_csv",
        "console_pages.member_imports.progress",
        "console_pages.member_imports.template",
        "console_pages.coupon_codes.export",
        "console_pages.coupon_codes.progress",
        "console_pages.coupon_reports.table",
        "console_pages.issue_runs.progress",
        "console_pages.payers.account_csv",
        "console_pages.revocations.progress",
        "console_pages.settlements.lines_csv",
        "console_pages.audit.as_csv",
        "console_pages.reports.liability_csv",
        "console_pages.reports.trial_balance_csv",
        "counter_pages.days.download",
    }
)
