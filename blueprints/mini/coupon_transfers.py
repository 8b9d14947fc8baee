"""Giving a coupon to a friend. Sharing itself earns nothing, as WeChat's rules have it."""

from uuid import UUID

from apiflask import APIBlueprint

from app.gateways import vault
from app.services import coupon_transfers
from app.transaction import transaction
from blueprints.idempotency import idempotent
from blueprints.identity import allow, current_member, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.coupon_transfers import AcceptanceIn, NewTransferOut, TransferOut, TransferPage
from blueprints.schemas.coupons import CouponOut

bp = APIBlueprint("coupon_transfers", __name__, tag="coupons")


# Not @idempotent: the kept answer would be a second copy of the token. A repeat is refused while the first is open; it can be
# taken back and made anew.
@bp.post("/coupons/<uuid:coupon_id>/transfers")
@bp.output(NewTransferOut, status_code=201)
@allow("member")
def offer(coupon_id: UUID) -> NewTransferOut:
    """Promise one of my coupons to a friend for a day. The token for the link is told here and never again."""
    token = vault.new_token()
    with transaction():
        made = coupon_transfers.offer(
            current_member().id, coupon=coupon_id, token_hash=vault.token_hash(token), now=now()
        )
    return NewTransferOut.made(made, token=token)


@bp.get("/coupon-transfers")
@bp.input(PageQuery, location="query")
@bp.output(TransferPage)
@allow("member")
def list_mine(query_data: PageQuery) -> TransferPage:
    """Coupons I gave and was given, newest first."""
    page = coupon_transfers.list_mine(
        current_member().id, after=decode(query_data.cursor, int), limit=query_data.limit, now=now()
    )
    return page_of(TransferPage, page, TransferOut.of)


@bp.post("/coupon-transfers/<uuid:transfer_id>/revocation")
@bp.output(TransferOut)
@allow("member")
@idempotent
def revoke(transfer_id: UUID) -> TransferOut:
    """Take my gift back while nobody has accepted it."""
    return TransferOut.of(coupon_transfers.revoke(current_member().id, public_id=transfer_id, now=now()))


@bp.post("/coupon-transfers/acceptances")
@bp.input(AcceptanceIn)
@bp.output(CouponOut, status_code=201)
@allow("member")
@idempotent
def accept(json_data: AcceptanceIn) -> CouponOut:
    """Accept a friend's coupon with the token of the link: the first one has it, with the time it has left."""
    token_hash = vault.token_hash(json_data.token)
    return CouponOut.of(coupon_transfers.accept(current_member().id, token_hash=token_hash, now=now()))
