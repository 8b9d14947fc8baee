"""Money a partner gave back on an order of its channel."""

from typing import Any

from apiflask import APIBlueprint

from app import transaction
from app.services import bills, purchases
from blueprints.identity import allow, now
from blueprints.schemas.partner import PartnerPurchaseOut, PartnerRefundIn, PartnerRefundOut
from blueprints.signatures import current_partner

bp = APIBlueprint("refunds", __name__, tag="orders")

_KNOWN: dict[int | str, Any] = {
    200: {
        "description": "The refund was known",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PartnerRefundOut"}}},
    }
}


@bp.post("/refunds")
@bp.input(PartnerRefundIn)
@bp.output(PartnerRefundOut, status_code=201)
@bp.doc(responses=_KNOWN)
@allow("partner")
def report(json_data: PartnerRefundIn) -> tuple[PartnerRefundOut, int]:
    """Report a refund, whole or in part; takes back the share of points and growth. The order and `refund_no` name it."""

    def work() -> tuple[PartnerRefundOut, int]:
        bill = bills.get_by_order(current_partner().channel, json_data.order_no)
        receipt = purchases.refund(
            bill.purchase.id,
            amount_fen=json_data.amount_fen,
            refund_no=json_data.refund_no,
            occurred_at=json_data.occurred_at,
            now=now(),
        )
        told = PartnerRefundOut(
            refund_no=receipt.refund.refund_no,
            amount_fen=receipt.refund.amount_fen,
            occurred_at=receipt.refund.occurred_at,
            purchase=PartnerPurchaseOut.of(bills.tell(receipt.purchase)),
        )
        return told, 201 if receipt.is_new else 200

    return transaction.run(work)
