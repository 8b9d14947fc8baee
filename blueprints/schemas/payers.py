"""Suppliers and departments that pay a share of coupons, as the console sees them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from app.models import Payer
from blueprints.schemas.base import Closed, Instant, Out, Text

Kind = Literal["supplier", "department"]
PayerCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]


class PayerIn(Closed):
    """`code` is the shop's own number for it and never changes."""

    code: PayerCode
    name: Text
    kind: Kind


class PayerPatch(Closed):
    """What is left out stays as it is. An inactive payer pays for no new batch; what is printed goes on."""

    name: Text | None = None
    is_active: bool | None = None


class PayerOut(Out):
    """Who pays."""

    id: UUID
    code: str
    name: str
    kind: Kind
    is_active: bool
    created_at: Instant

    @classmethod
    def of(cls, payer: Payer) -> "PayerOut":
        return cls(
            id=payer.public_id,
            code=payer.code,
            name=payer.name,
            kind=payer.kind,
            is_active=payer.is_active,
            created_at=payer.created_at,
        )


class PayerPage(Out):
    data: list[PayerOut]
    has_more: bool
    next_cursor: str | None
