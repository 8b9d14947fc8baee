"""Gifts to friends, as members see them."""

from typing import Literal
from uuid import UUID

from app.services.coupon_transfers import TransferView
from blueprints.schemas.base import Closed, Code, Instant, Out


class AcceptanceIn(Closed):
    """The token of the link a friend shared."""

    token: Code


class TransferOut(Out):
    """A coupon I gave (`given`) or was given (`received`); `state` is as of now."""

    id: UUID
    coupon_id: UUID
    coupon_name: str
    direction: Literal["given", "received"]
    state: Literal["open", "accepted", "revoked", "expired"]
    created_at: Instant
    expires_at: Instant
    ended_at: Instant | None

    @classmethod
    def of(cls, seen: TransferView) -> "TransferOut":
        return cls(**_fields(seen))


class NewTransferOut(TransferOut):
    """`token` opens the gift for whoever has it first."""

    token: str

    @classmethod
    def made(cls, seen: TransferView, *, token: str) -> "NewTransferOut":
        return cls(token=token, **_fields(seen))


class TransferPage(Out):
    data: list[TransferOut]
    has_more: bool
    next_cursor: str | None


def _fields(seen: TransferView) -> dict[str, object]:
    return {
        "id": seen.public_id,
        "coupon_id": seen.coupon_public_id,
        "coupon_name": seen.coupon_name,
        "direction": "given" if seen.is_mine_to_give else "received",
        "state": seen.state,
        "created_at": seen.created_at,
        "expires_at": seen.expires_at,
        "ended_at": seen.ended_at,
    }
