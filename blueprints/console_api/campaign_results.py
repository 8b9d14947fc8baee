"""What campaigns came to: funnel, cost, revenue, lift; as JSON and as tables."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app.paging import MAX_LIMIT, walk
from app.services import campaign_reports, campaign_results, campaigns
from blueprints import csv_out
from blueprints.identity import allow
from blueprints.paging import decode, page_of
from blueprints.schemas import campaign_results as tables
from blueprints.schemas.base import PageQuery
from blueprints.schemas.campaign_results import MarketingOut, PeriodLineOut, PeriodLinePage, ResultsOut
from blueprints.schemas.periods import PeriodOut, PeriodQuery

bp = APIBlueprint("campaign_results", __name__, tag="campaigns")

READERS = ("marketer", "manager", "auditor", "admin")


@bp.get("/campaigns/<uuid:campaign_id>/results")
@bp.output(ResultsOut)
@allow(*READERS)
def of_campaign(campaign_id: UUID) -> ResultsOut:
    """Funnel, cost, revenue and lift of a campaign, over all and by variant, as a tick last counted them."""
    return ResultsOut.of(campaign_results.of(campaigns.get_by_public_id(campaign_id)))


@bp.get("/campaigns/<uuid:campaign_id>/results/periods")
@bp.input(PageQuery, location="query")
@bp.output(PeriodLinePage)
@allow(*READERS)
def periods(campaign_id: UUID, query_data: PageQuery) -> PeriodLinePage:
    """The same by occurrence (broadcasts) or calendar month (automations), and arm."""
    campaign = campaigns.get_by_public_id(campaign_id)
    after = decode(query_data.cursor, str, str)
    return page_of(
        PeriodLinePage,
        campaign_results.list_periods(campaign, after=after, limit=query_data.limit),
        PeriodLineOut.of,
    )


@bp.get("/campaigns/<uuid:campaign_id>/results.csv")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow(*READERS)
def periods_csv(campaign_id: UUID) -> Response:
    """The figures by period and arm as a table."""
    campaign = campaigns.get_by_public_id(campaign_id)
    lines = walk(lambda after: campaign_results.list_periods(campaign, after=after, limit=MAX_LIMIT))
    name = f"campaign-{campaign.public_id}-results.csv"
    return csv_out.answer(name, header=tables.period_header(), rows=tables.period_rows(lines))


@bp.get("/campaigns/<uuid:campaign_id>/deliveries.csv")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow(*READERS)
def deliveries_csv(campaign_id: UUID) -> Response:
    """Every delivery as a table; members by their id alone."""
    campaign = campaigns.get_by_public_id(campaign_id)
    lines = walk(lambda after: campaign_reports.list_deliveries(campaign, after=after, limit=csv_out.ROWS_AT_ONCE))
    name = f"campaign-{campaign.public_id}-deliveries.csv"
    return csv_out.answer(name, header=tables.delivery_header(), rows=tables.delivery_rows(lines))


@bp.get("/reports/marketing")
@bp.input(PeriodQuery, location="query")
@bp.output(MarketingOut)
@allow(*READERS)
def marketing(query_data: PeriodQuery) -> MarketingOut:
    """What all marketing of a period changed, against the members whom the programme keeps out of it."""
    period = query_data.period
    told = PeriodOut(first_on=period.first_on, until_on=period.until_on)
    return MarketingOut.of(campaign_results.of_all_marketing(period), told)
