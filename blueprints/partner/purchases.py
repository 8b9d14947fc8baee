"""Orders of a partner's channel: reported, looked up, and what one would earn."""

from apiflask import APIBlueprint

from app.services import bills
from blueprints.identity import allow
from blueprints.schemas.partner import OrderQuery, PartnerPurchaseOut
from blueprints.signatures import current_partner

bp = APIBlueprint("purchases", __name__, tag="orders")


@bp.get("/purchases")
@bp.input(OrderQuery, location="query")
@bp.output(PartnerPurchaseOut)
@allow("partner")
def show(query_data: OrderQuery) -> PartnerPurchaseOut:
    """One order of this channel by its number, as it stands now."""
    return PartnerPurchaseOut.of(bills.get_by_order(current_partner().channel, query_data.order_no))
