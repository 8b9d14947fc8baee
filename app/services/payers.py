"""Suppliers and departments that pay a share of what coupons cost the shop."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.actor import Actor
from app.errors import InvalidInput, NotFound, PayerClosed
from app.extensions import db
from app.models import Payer
from app.paging import Page, cut
from app.services import audit, named_rows


def create(*, code: str, name: str, kind: str, actor: Actor, now: datetime) -> Payer:
    """Write down who pays: `kind` supplier or department. Raises NameTaken; a code in use is uq_payer_code's (Conflict)."""
    payer = Payer(
        code=code,
        name=name,
        kind=kind,
        is_active=True,
        created_by_id=actor.id if actor.kind == "staff" else None,
        created_at=now,
    )
    named_rows.add(payer, unique="uq_payer_name")
    _audit("create", payer, actor=actor, details={"code": code, "name": name, "kind": kind}, now=now)
    return payer


def change(public_id: uuid.UUID, *, actor: Actor, now: datetime, **changes: Any) -> Payer:
    """Rename a payer, or let it pay for no new batches (`name`, `is_active`; None leaves as it is). Raises NotFound.

    A name in use is uq_payer_name's (Conflict).
    """
    payer = get_by_public_id(public_id)
    after = {key: value for key, value in changes.items() if value is not None and value != getattr(payer, key)}
    if after:
        before = {key: getattr(payer, key) for key in after}
        for key, value in after.items():
            setattr(payer, key, value)
        db.session.flush()  # a name in use is refused here
        _audit("update", payer, actor=actor, details={"before": before, "after": after}, now=now)
    return payer


def get_by_public_id(public_id: uuid.UUID) -> Payer:
    """Raises NotFound(kind="payer")."""
    payer = db.session.scalar(select(Payer).where(Payer.public_id == public_id))
    if payer is None:
        raise NotFound(kind="payer")
    return payer


def find(payer_id: int | None) -> Payer | None:
    """By internal key."""
    return None if payer_id is None else db.session.get(Payer, payer_id)


def agreed(public_id: uuid.UUID | None, *, share_bp: int | None) -> dict[str, int]:
    """What a new batch is printed with: payer and share, or nothing. Raises NotFound, PayerClosed, InvalidInput (one alone)."""
    if (public_id is None) != (share_bp is None):
        raise InvalidInput(fields={"json.payer_share_bp": ["payer and share go together"]})
    if public_id is None or share_bp is None:
        return {}
    payer = get_by_public_id(public_id)
    if not payer.is_active:
        raise PayerClosed(payer=payer.name)
    return {"payer_id": payer.id, "payer_share_bp": share_bp}


def list_payers(*, after: tuple[int] | None, limit: int) -> Page[Payer]:
    """Newest first; `after` is the internal key of the last row seen."""
    query = select(Payer).order_by(Payer.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(Payer.id < after[0])
    return cut(db.session.scalars(query).all(), limit, lambda payer: (payer.id,))


def _audit(verb: str, payer: Payer, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(f"payer.{verb}", actor=actor, object_kind="payer", object_id=payer.id, details=details, now=now)
