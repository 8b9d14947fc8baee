"""Orders of a partner's channel: reported, looked up, and what one would earn."""

from typing import Any

from apiflask import APIBlueprint

from app import transaction
from app.errors import NotAllowed, NotFound
from app.models import Store
from app.services import bills, buyers, phones, purchases, stores, trials
from app.services.bills import Bill
from app.services.purchases import Buyer
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.identity import allow, now
from blueprints.partner import member_codes
from blueprints.partner.member_codes import counted
from blueprints.schemas.partner import (
    BuyerIn,
    DryRunIn,
    DryRunOut,
    OrderQuery,
    PartnerPurchaseIn,
    PartnerPurchaseOut,
)
from blueprints.schemas.purchases import lines_of
from blueprints.signatures import current_partner

bp = APIBlueprint("purchases", __name__, tag="orders")

# A dry run tells whether a phone or number is a member's: enough for a shop's own baskets, too few to try a phone book.
NAMED_DRY_RUNS = Limit("partner_dry_run", tries=120, window_seconds=60)

_SAME: dict[str, Any] = {
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PartnerPurchaseOut"}}}
}
_ALSO: dict[int | str, Any] = {
    200: {"description": "The order was known: the first answer's facts", **_SAME},
    202: {"description": "Nobody is known by this buyer yet: the order waits", **_SAME},
}


@bp.post("/purchases")
@bp.input(PartnerPurchaseIn)
@bp.output(PartnerPurchaseOut, status_code=201)
@bp.doc(responses=_ALSO)
@allow("partner")
@counted
def report(json_data: PartnerPurchaseIn) -> tuple[PartnerPurchaseOut, int]:
    """Report an order paid. The channel and `order_no` name it: however often it is sent, it counts once."""
    partner = current_partner()
    store = _store(json_data.store_code)
    buyer = _buyer(json_data.buyer)
    code = json_data.buyer.member_code
    # At the bill's own instant: an order kept back by a broken line is still its buyer's.
    proven = None if code is None else member_codes.prove(code, at=json_data.occurred_at)

    def work() -> tuple[Bill, bool]:
        known = purchases.find_by_order(partner.channel, json_data.order_no) is not None
        purchase = purchases.record(
            None if proven is None else buyers.lock(proven.member_id),
            store_id=None if store is None else store.id,
            channel=partner.channel,
            order_no=json_data.order_no,
            bill_fen=json_data.bill_fen,
            discount_fen=json_data.discount_fen,
            occurred_at=json_data.occurred_at,
            lines=lines_of(json_data.lines),
            buyer=buyer,
            now=now(),
        )
        return bills.tell(purchase), known

    bill, known = transaction.run(work)
    if bill.purchase.status == "waiting":
        return PartnerPurchaseOut.of(bill), 202
    return PartnerPurchaseOut.of(bill), 200 if known else 201


@bp.post("/purchases/dry-run")
@bp.input(DryRunIn)
@bp.output(DryRunOut)
@allow("partner")
@counted
def dry_run(json_data: DryRunIn) -> DryRunOut:
    """What a bill would earn if it were paid now, or at `occurred_at`. Changes nothing."""
    at = json_data.occurred_at or now()
    store = _store(json_data.store_code)
    member_id = None if json_data.buyer is None else _member_id(json_data.buyer)
    verdict = trials.try_bill(
        lines=lines_of(json_data.lines),
        paid_fen=json_data.bill_fen - json_data.discount_fen,
        channel=current_partner().channel,
        store_code=None if store is None else store.code,
        member_id=member_id,
        occurred_at=at,
        now=now(),
    )
    return DryRunOut.of(verdict, matched=member_id is not None)


@bp.get("/purchases")
@bp.input(OrderQuery, location="query")
@bp.output(PartnerPurchaseOut)
@allow("partner")
def show(query_data: OrderQuery) -> PartnerPurchaseOut:
    """One order of this channel by its number, as it stands now."""
    return PartnerPurchaseOut.of(bills.get_by_order(current_partner().channel, query_data.order_no))


def _store(code: str | None) -> Store | None:
    """The store that sold: the key's own, or the one named. Raises NotAllowed for another than the key's, NotFound."""
    own = current_partner().store_id
    if own is not None:
        store = stores.get(own)
        if code not in (None, store.code):
            raise NotAllowed(reason="store")
        return store
    if code is None:
        return None
    found = stores.find_by_code(code)
    if found is None:
        raise NotFound(kind="store")
    return found


def _buyer(named: BuyerIn) -> Buyer:
    """What services get of a buyer: the phone leaves only its index behind. Raises PhoneInvalid."""
    index = None if named.phone is None else phones.index_of(phones.parse(named.phone), vault=parts().vault)
    return Buyer(phone_index=index, external_id=named.external_id)


def _member_id(named: BuyerIn) -> int | None:
    attempts.count(NAMED_DRY_RUNS, str(current_partner().id))
    if named.member_code is not None:
        return member_codes.prove(named.member_code, at=now()).member_id
    return purchases.find_buyer(_buyer(named), channel=current_partner().channel)
