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
    Place("counter_pages.home.show", "/counter", "clerk"),
    Place("console_pages.segments.show_list", "/console/segments", "marketer"),
    Place("console_pages.segments.show_list", "/console/segments?archived=yes", "auditor", "empty"),
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
)

# GET endpoints that show no page of their own: fragments, files, downloads.
NO_PAGES: frozenset[str] = frozenset(
    {
        "console_pages.campaigns.progress",
        "console_pages.campaign_results.deliveries_csv",
        "console_pages.campaign_results.results_csv",
    }
)
