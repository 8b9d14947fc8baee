"""Credentials of the systems that report purchases: a key that travels and a secret that signs and never travels.

The secret is shown once, when it is made; the vault keeps it, because a signature can only be checked with the secret itself.
"""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import select

from app.actor import Actor
from app.errors import Conflict, NotFound
from app.extensions import db
from app.models import PartnerKey, Store
from app.paging import Page, cut
from app.services import audit, stores
from app.statements import partners as statements

# 96 bits: it names, it does not prove; nobody should meet two.
KEY_ID_BYTES = 12
# As strong as the HMAC-SHA-256 it feeds.
SECRET_BYTES = 32


class Vault(Protocol):
    """The part of the vault that secrets need."""

    def encrypt(self, plaintext: str, *, context: str) -> bytes: ...

    def decrypt(self, blob: bytes, *, context: str) -> str: ...


@dataclass(frozen=True, slots=True)
class PartnerPrincipal:
    """The system behind a signed request; it acts for its one channel and, when bound to one, its store."""

    id: int
    key_id: str
    channel: str
    store_id: int | None


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whose key a request names, before the signature is proven."""

    principal: PartnerPrincipal
    secret_cipher: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key with its store, if it is bound to one."""

    key: PartnerKey
    store: Store | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: the only moment its secret is known outside the vault."""

    view: KeyView
    secret: str = field(repr=False)


def find(key_id: str) -> KeyHolder | None:
    """The holder of a key that is not revoked, unless its store is closed."""
    row = db.session.execute(statements.FIND_KEY, {"key_id": key_id}).one_or_none()
    if row is None:
        return None
    return KeyHolder(PartnerPrincipal(row.id, row.key_id, row.channel, row.store_id), bytes(row.secret_cipher))


def secret_of(holder: KeyHolder, *, vault: Vault) -> str:
    """The signing secret. Raises SecretUnreadable."""
    return vault.decrypt(holder.secret_cipher, context=_context(holder.principal.key_id))


def create(*, name: str, channel: str, store_id: uuid.UUID | None, vault: Vault, actor: Actor, now: datetime) -> NewKey:
    """Make a key for a channel, for one store or for all. Raises NotFound for an unknown store."""
    store = None if store_id is None else stores.get_many_by_public_id([store_id])[0]
    made = _make(name=name, channel=channel, store=store, vault=vault, actor=actor, now=now)
    _note("partner_key.create", made.view.key, actor=actor, now=now)
    return made


def revoke(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> KeyView:
    """End a key from the next request on. A repeat keeps the first instant. Raises NotFound."""
    view = _locked(public_id)
    if view.key.revoked_at is None:
        view.key.revoked_at = now
        _note("partner_key.revoke", view.key, actor=actor, now=now)
    return view


def rotate(public_id: uuid.UUID, *, vault: Vault, actor: Actor, now: datetime) -> NewKey:
    """A new key for the same channel and store; the old one ends at once. Raises NotFound, Conflict when it had."""
    old = _locked(public_id)
    if old.key.revoked_at is not None:
        raise Conflict(kind="partner_key", reason="revoked")
    made = _make(name=old.key.name, channel=old.key.channel, store=old.store, vault=vault, actor=actor, now=now)
    old.key.revoked_at = now
    _note("partner_key.rotate", old.key, actor=actor, now=now, successor=made.view.key.key_id)
    return made


def list_keys(*, after: tuple[int] | None, limit: int) -> Page[KeyView]:
    """Newest first, revoked ones too; `after` is the internal key of the last row seen."""
    query = (
        select(PartnerKey, Store)
        .outerjoin(Store, Store.id == PartnerKey.store_id)
        .order_by(PartnerKey.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(PartnerKey.id < after[0])
    rows = [KeyView(key, store) for key, store in db.session.execute(query)]
    return cut(rows, limit, lambda view: (view.key.id,))


def _make(*, name: str, channel: str, store: Store | None, vault: Vault, actor: Actor, now: datetime) -> NewKey:
    key_id, secret = "pk_" + secrets.token_hex(KEY_ID_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    key = PartnerKey(
        key_id=key_id,
        name=name,
        channel=channel,
        store_id=None if store is None else store.id,
        secret_cipher=vault.encrypt(secret, context=_context(key_id)),
        created_by_id=actor.id if actor.kind == "staff" else None,
        created_at=now,
    )
    db.session.add(key)
    db.session.flush()  # the key is needed by the audit row
    return NewKey(KeyView(key, store), secret)


def _locked(public_id: uuid.UUID) -> KeyView:
    # Two people revoking the same key take turns, so that one row tells who did it.
    key = db.session.scalar(select(PartnerKey).where(PartnerKey.public_id == public_id).with_for_update())
    if key is None:
        raise NotFound(kind="partner_key")
    return KeyView(key, None if key.store_id is None else stores.get(key.store_id))


def _context(key_id: str) -> str:
    return f"partner.secret:{key_id}"


def _note(action: str, key: PartnerKey, *, actor: Actor, now: datetime, **more: str) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="partner_key",
        object_id=key.id,
        details={"key_id": key.key_id, "name": key.name, "channel": key.channel, **more},
        now=now,
        store_id=key.store_id,
    )
