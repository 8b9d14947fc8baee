"""The console's first page in figures."""

from apiflask import APIBlueprint

from app.services import dashboards
from blueprints.identity import allow, now
from blueprints.schemas.dashboards import DashboardOut, DashboardQuery

bp = APIBlueprint("dashboards", __name__, tag="reports")


@bp.get("/dashboard")
@bp.input(DashboardQuery, location="query")
@bp.output(DashboardOut)
@allow("manager", "marketer", "auditor", "admin")
def show(query_data: DashboardQuery) -> DashboardOut:
    """The programme's goals in figures: a period beside the one before it, day by day, and today so far."""
    return DashboardOut.of(dashboards.look(days=int(query_data.days), until_on=query_data.until_on, now=now()))
