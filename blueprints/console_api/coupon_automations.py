"""Coupons that come by themselves when something happens."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import coupon_automations
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.coupon_automations import AutomationIn, AutomationOut, AutomationPage, AutomationPatch

bp = APIBlueprint("coupon_automations", __name__, tag="coupons")


@bp.get("/coupon-automations")
@bp.input(PageQuery, location="query")
@bp.output(AutomationPage)
@allow("marketer", "manager", "auditor", "admin")
def list_automations(query_data: PageQuery) -> AutomationPage:
    """All coupon automations, newest first, with how many coupons each has brought."""
    page = coupon_automations.list_automations(after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(AutomationPage, page, AutomationOut.of)


@bp.post("/coupon-automations")
@bp.input(AutomationIn)
@bp.output(AutomationOut, status_code=201)
@allow("marketer", "admin")
def create(json_data: AutomationIn) -> AutomationOut:
    """Let an event bring a coupon of a batch made for issuing. In force at once; it never looks back."""
    fields = json_data.model_dump(exclude={"batch_id"})
    with transaction():
        automation = coupon_automations.create(batch_public_id=json_data.batch_id, actor=actor(), now=now(), **fields)
    return AutomationOut.of(coupon_automations.tell(automation))


@bp.patch("/coupon-automations/<uuid:automation_id>")
@bp.input(AutomationPatch)
@bp.output(AutomationOut)
@allow("marketer", "admin")
def change(automation_id: UUID, json_data: AutomationPatch) -> AutomationOut:
    """Switch an automation off or on, or end it. Acts on the next event; what is owed by then is still given."""
    with transaction():
        automation = coupon_automations.change(automation_id, actor=actor(), now=now(), **json_data.model_dump())
    return AutomationOut.of(coupon_automations.tell(automation))
