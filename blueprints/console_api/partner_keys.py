"""Keys of the systems that report purchases: made, replaced, ended. Acts on their next request."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import partner_keys
from app.transaction import transaction
from app.wiring import parts
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.partner_keys import NewPartnerKeyOut, PartnerKeyIn, PartnerKeyOut, PartnerKeyPage

bp = APIBlueprint("partner_keys", __name__, tag="partners")


@bp.get("/partner-keys")
@bp.input(PageQuery, location="query")
@bp.output(PartnerKeyPage)
@allow("admin")
def list_all(query_data: PageQuery) -> PartnerKeyPage:
    """Every key, newest first, revoked ones too; never a secret."""
    page = partner_keys.list_keys(after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(PartnerKeyPage, page, PartnerKeyOut.of)


# Not @idempotent: the kept answer would be a second copy of the secret. A key made twice is revoked once.
@bp.post("/partner-keys")
@bp.input(PartnerKeyIn)
@bp.output(NewPartnerKeyOut, status_code=201)
@allow("admin")
def create(json_data: PartnerKeyIn) -> NewPartnerKeyOut:
    """Make a key for a channel. The secret is told here and never again."""
    with transaction():
        new = partner_keys.create(
            name=json_data.name,
            channel=json_data.channel,
            store_id=json_data.store_id,
            vault=parts().vault,
            actor=actor(),
            now=now(),
        )
    return NewPartnerKeyOut.made(new)


@bp.post("/partner-keys/<uuid:partner_key_id>/rotation")
@bp.output(NewPartnerKeyOut, status_code=201)
@allow("admin")
def rotate(partner_key_id: UUID) -> NewPartnerKeyOut:
    """Replace a key: a new one for the same channel and store, and the old one ends now. For a change without a gap, make a
    second key first and revoke the old one when its system has moved."""
    with transaction():
        new = partner_keys.rotate(partner_key_id, vault=parts().vault, actor=actor(), now=now())
    return NewPartnerKeyOut.made(new)


@bp.post("/partner-keys/<uuid:partner_key_id>/revocation")
@bp.output(PartnerKeyOut)
@allow("admin")
def revoke(partner_key_id: UUID) -> PartnerKeyOut:
    """End a key; its next request is refused. A repeat changes nothing."""
    with transaction():
        view = partner_keys.revoke(partner_key_id, actor=actor(), now=now())
    return PartnerKeyOut.of(view)
