"""What members took for points, and returning it for them."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import coupon_exchanges
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.exchange import ConsoleExchangeOut, ExchangePage, ExchangeQuery, ReturnIn

bp = APIBlueprint("coupon_exchanges", __name__, tag="coupons")


@bp.get("/coupon-exchanges")
@bp.input(ExchangeQuery, location="query")
@bp.output(ExchangePage)
@allow("marketer", "manager", "auditor", "admin")
def list_exchanges(query_data: ExchangeQuery) -> ExchangePage:
    """Coupons taken for points, newest first, of one member or of all."""
    page = coupon_exchanges.list_exchanges(
        after=decode(query_data.cursor, int), limit=query_data.limit, member_public_id=query_data.member_id
    )
    return page_of(ExchangePage, page, ConsoleExchangeOut.of)


@bp.post("/coupon-exchanges/<uuid:exchange_id>/return")
@bp.input(ReturnIn)
@bp.output(ConsoleExchangeOut)
@allow("manager", "admin")
@idempotent
def take_back(exchange_id: UUID, json_data: ReturnIn) -> ConsoleExchangeOut:
    """Return an unused coupon: it is revoked, and the points come back with the expiry they had."""
    made = coupon_exchanges.take_back(exchange_id, reason=json_data.reason, actor=actor(), now=now())
    return ConsoleExchangeOut.of(coupon_exchanges.tell(made))
