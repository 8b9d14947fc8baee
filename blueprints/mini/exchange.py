"""The exchange shop: coupons for points."""

from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint
from flask import request

from app.services import coupon_exchanges, coupon_offers
from blueprints.idempotency import HEADER, idempotent
from blueprints.identity import allow, current_member, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.coupons import OfferOut, OfferPage
from blueprints.schemas.exchange import ExchangeIn, ExchangeOut

bp = APIBlueprint("exchange", __name__, tag="coupons")


@bp.get("/exchange")
@bp.input(PageQuery, location="query")
@bp.output(OfferPage)
@allow("member")
def list_offers(query_data: PageQuery) -> OfferPage:
    """What I can have for points now, ending soonest first, each with its price."""
    page = coupon_offers.list_offers(
        current_member().id,
        after=decode(query_data.cursor, datetime, int),
        limit=query_data.limit,
        now=now(),
        how="exchange",
    )
    return page_of(OfferPage, page, OfferOut.of)


@bp.post("/exchange/<uuid:batch_id>")
@bp.input(ExchangeIn)
@bp.output(ExchangeOut, status_code=201)
@allow("member")
@idempotent
def take(batch_id: UUID, json_data: ExchangeIn) -> ExchangeOut:
    """Take a coupon for points. Points go and the coupon comes at once, or neither; the price is the one I was shown."""
    receipt = coupon_exchanges.exchange(
        current_member().id,
        batch_public_id=batch_id,
        points_price=json_data.points_price,
        key=request.headers[HEADER].strip(),
        now=now(),
    )
    return ExchangeOut.of(receipt)
