"""What coupons did and cost: the programme, batches, template families, the rewards used most."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app.paging import MAX_LIMIT, walk
from app.services import coupon_reports
from blueprints import csv_out
from blueprints.identity import allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas import coupon_tables as tables
from blueprints.schemas.coupon_reports import (
    BatchLineOut,
    BatchLinePage,
    BatchReportOut,
    FamilyLineOut,
    FamilyLinePage,
    RewardOut,
    RewardsOut,
    SummaryOut,
    TopQuery,
)
from blueprints.schemas.periods import PeriodPageQuery, PeriodQuery, file_name

bp = APIBlueprint("coupon_reports", __name__, tag="reports")


@bp.get("/reports/coupons")
@bp.input(PeriodQuery, location="query")
@bp.output(SummaryOut)
@allow("manager", "marketer", "auditor", "admin")
def summary(query_data: PeriodQuery) -> SummaryOut:
    """All coupons of a period: issued, used, cost and who bears it, bills with and without a coupon."""
    period = query_data.period
    return SummaryOut.of(coupon_reports.summary(period, now=now()), period=period)


@bp.get("/reports/coupon-batches")
@bp.input(PeriodPageQuery, location="query")
@bp.output(BatchLinePage)
@allow("manager", "marketer", "auditor", "admin")
def batches(query_data: PeriodPageQuery) -> BatchLinePage:
    """Coupon batches, newest first: figures of the period, and cost against budget since they were printed."""
    after = decode(query_data.cursor, int)
    page = coupon_reports.list_batches(query_data.period, after=after, limit=query_data.limit, now=now())
    return page_of(BatchLinePage, page, BatchLineOut.of)


@bp.get("/reports/coupon-batches.csv")
@bp.input(PeriodQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "marketer", "auditor", "admin")
def batches_csv(query_data: PeriodQuery) -> Response:
    """Coupon batches as a table."""
    period, at = query_data.period, now()
    lines = walk(lambda after: coupon_reports.list_batches(period, after=after, limit=MAX_LIMIT, now=at))
    name = file_name("coupon-batches", period.first_on, period.until_on)
    return csv_out.answer(name, header=tables.batch_header(), rows=tables.batch_rows(lines))


@bp.get("/reports/coupon-batches/<uuid:batch_id>")
@bp.input(PeriodQuery, location="query")
@bp.output(BatchReportOut)
@allow("manager", "marketer", "auditor", "admin")
def of_batch(batch_id: UUID, query_data: PeriodQuery) -> BatchReportOut:
    """One batch: figures, when its coupons were used after their issue, bills with and without one, stores."""
    period = query_data.period
    return BatchReportOut.of(coupon_reports.of_batch(batch_id, period, now=now()), period=period)


@bp.get("/reports/coupon-templates")
@bp.input(PeriodPageQuery, location="query")
@bp.output(FamilyLinePage)
@allow("manager", "marketer", "auditor", "admin")
def families(query_data: PeriodPageQuery) -> FamilyLinePage:
    """Coupon templates over all their versions and batches, newest first."""
    after = decode(query_data.cursor, int)
    page = coupon_reports.list_families(query_data.period, after=after, limit=query_data.limit, now=now())
    return page_of(FamilyLinePage, page, FamilyLineOut.of)


@bp.get("/reports/coupon-templates.csv")
@bp.input(PeriodQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "marketer", "auditor", "admin")
def families_csv(query_data: PeriodQuery) -> Response:
    """Coupon templates as a table."""
    period, at = query_data.period, now()
    lines = walk(lambda after: coupon_reports.list_families(period, after=after, limit=MAX_LIMIT, now=at))
    name = file_name("coupon-templates", period.first_on, period.until_on)
    return csv_out.answer(name, header=tables.family_header(), rows=tables.family_rows(lines))


@bp.get("/reports/top-rewards")
@bp.input(TopQuery, location="query")
@bp.output(RewardsOut)
@allow("manager", "marketer", "auditor", "admin")
def top_rewards(query_data: TopQuery) -> RewardsOut:
    """The coupon templates used most, by count or by rate."""
    period = query_data.period
    found = coupon_reports.top_rewards(
        period, by=query_data.by, min_issued=query_data.min_issued, limit=query_data.limit, now=now()
    )
    return RewardsOut(
        first_on=period.first_on,
        until_on=period.until_on,
        by=query_data.by,
        rewards=[RewardOut.of(reward) for reward in found],
    )


@bp.get("/reports/top-rewards.csv")
@bp.input(TopQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "marketer", "auditor", "admin")
def top_rewards_csv(query_data: TopQuery) -> Response:
    """The coupon templates used most as a table."""
    period = query_data.period
    found = coupon_reports.top_rewards(
        period, by=query_data.by, min_issued=query_data.min_issued, limit=query_data.limit, now=now()
    )
    name = file_name(f"top-rewards-by-{query_data.by}", period.first_on, period.until_on)
    return csv_out.answer(name, header=tables.reward_header(), rows=tables.reward_rows(found))
