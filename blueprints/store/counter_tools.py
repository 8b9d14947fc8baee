"""The counter's tools: a camera's frame read, points for a coupon, and a customer to practise with."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint
from flask import request

from app.errors import FrameUnreadable
from app.gateways import frame_reader
from app.services import counter_exchanges, practice
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.idempotency import HEADER, idempotent
from blueprints.identity import actor, allow, current_staff, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.counter_tools import CounterExchangeIn, FrameIn, FrameOut, PracticeIn, PracticeOut
from blueprints.schemas.coupons import OfferOut, OfferPage
from blueprints.schemas.exchange import ExchangeOut

bp = APIBlueprint("counter_tools", __name__, tag="counter")

# Three frames a second for a minute without a pause: more is no camera of ours.
FRAMES = Limit("frame", tries=180, window_seconds=60)


@bp.post("/frames")
@bp.input(FrameIn)
@bp.output(FrameOut)
@allow("clerk", "manager")
def read_frame(json_data: FrameIn) -> FrameOut:
    """Read the code in a camera's frame, where the browser cannot; the picture is not kept."""
    attempts.count(FRAMES, f"staff:{current_staff().id}")
    try:
        jpeg = base64.b64decode(json_data.jpeg, validate=True)
    except binascii.Error:
        raise FrameUnreadable(reason="base64") from None
    return FrameOut(text=frame_reader.read(jpeg))


@bp.get("/visits/<uuid:visit_id>/exchange")
@bp.input(PageQuery, location="query")
@bp.output(OfferPage)
@allow("clerk", "manager")
def list_offers(visit_id: UUID, query_data: PageQuery) -> OfferPage:
    """What the member of my open visit can have for points now, each with its price."""
    page = counter_exchanges.list_offers(
        visit_id, after=decode(query_data.cursor, datetime, int), limit=query_data.limit, actor=actor(), now=now()
    )
    return page_of(OfferPage, page, OfferOut.of)


@bp.post("/exchanges")
@bp.input(CounterExchangeIn)
@bp.output(ExchangeOut, status_code=201)
@allow("clerk", "manager")
@idempotent
def exchange(json_data: CounterExchangeIn) -> ExchangeOut:
    """Take a coupon for points at the member's wish. Both happen or neither; the visit stays open for the bill."""
    receipt = counter_exchanges.exchange(
        json_data.visit_id,
        batch_public_id=json_data.batch_id,
        points_price=json_data.points_price,
        key=request.headers[HEADER].strip(),
        actor=actor(),
        now=now(),
    )
    return ExchangeOut.of(receipt)


@bp.post("/practice-quotes")
@bp.input(PracticeIn)
@bp.output(PracticeOut)
@allow("clerk", "manager")
def practise(json_data: PracticeIn) -> PracticeOut:
    """Quote a bill for a made-up customer with made-up coupons, by the programme's rules. Nothing is written."""
    made_up = practice.quote(json_data.bill_fen, store_id=current_staff().store_id or 0, now=now())
    return PracticeOut.of(made_up, code=practice.CODE)
