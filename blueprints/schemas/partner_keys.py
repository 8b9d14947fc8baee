"""Keys of the systems that report purchases, as the console sees them."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from app.services.partner_keys import KeyView, NewKey
from blueprints.schemas.base import Closed, Instant, Out, PublicId, Text


def _own(channel: str) -> str:
    if channel == "store":
        raise ValueError("the counters' own channel")
    return channel


# As ck_partner_key_channel_own: counters' own channels are "store:<id>", and rules say "store" for all of them.
Channel = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{1,31}$"), AfterValidator(_own)]


class PartnerKeyIn(Closed):
    """`channel` is where its orders come from: order numbers are unique within it. With a store, its bills are that store's."""

    name: Text
    channel: Channel
    store_id: PublicId | None = None


class PartnerKeyOut(Out):
    """A key without its secret, which nobody can read again."""

    id: UUID
    key_id: str
    name: str
    channel: str
    store_id: UUID | None
    store_name: str | None
    created_at: Instant
    revoked_at: Instant | None

    @classmethod
    def of(cls, view: KeyView) -> "PartnerKeyOut":
        return cls(**_facts(view))


class NewPartnerKeyOut(PartnerKeyOut):
    """The one answer that holds the secret: keep it where the till's software keeps passwords."""

    secret: str

    @classmethod
    def made(cls, new: NewKey) -> "NewPartnerKeyOut":
        return cls(**_facts(new.view), secret=new.secret)


class PartnerKeyPage(Out):
    data: list[PartnerKeyOut]
    has_more: bool
    next_cursor: str | None


def _facts(view: KeyView) -> dict[str, object]:
    key, store = view.key, view.store
    return {
        "id": key.public_id,
        "key_id": key.key_id,
        "name": key.name,
        "channel": key.channel,
        "store_id": None if store is None else store.public_id,
        "store_name": None if store is None else store.name,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }
