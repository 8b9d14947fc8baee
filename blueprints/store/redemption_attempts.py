"""Uses of coupons that were refused at this counter."""

from datetime import datetime

from apiflask import APIBlueprint

from app.services import programmes, redemption_attempts
from blueprints.identity import allow, current_staff, now
from blueprints.paging import decode, page_of
from blueprints.schemas.redemption_attempts import AttemptOut, AttemptPage, AttemptQuery

bp = APIBlueprint("redemption_attempts", __name__, tag="counter")


@bp.get("/redemption-attempts")
@bp.input(AttemptQuery, location="query")
@bp.output(AttemptPage)
@allow("manager", "auditor")
def list_of_day(query_data: AttemptQuery) -> AttemptPage:
    """This store's refused attempts of a business date, newest first, with the code that says why."""
    page = redemption_attempts.list_of_day(
        current_staff().store_id or 0,
        on=query_data.on or programmes.business_date(now()),
        reason=query_data.reason,
        after=decode(query_data.cursor, datetime, int),
        limit=query_data.limit,
    )
    return page_of(AttemptPage, page, AttemptOut.of)
