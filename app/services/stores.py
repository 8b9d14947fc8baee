"""The shop's stores."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.actor import Actor
from app.errors import NotFound
from app.extensions import db
from app.models import Store
from app.paging import Page, cut
from app.services import audit


def create(*, code: str, name: str, actor: Actor, now: datetime) -> Store:
    """Open a store; a code already in use is refused by uq_store_code (Conflict)."""
    store = Store(code=code, name=name)
    db.session.add(store)
    db.session.flush()  # the key is needed by the audit row
    audit.record(
        "store.create",
        actor=actor,
        object_kind="store",
        object_id=store.id,
        details={"code": code, "name": name},
        now=now,
        store_id=store.id,
    )
    return store


def change(
    public_id: uuid.UUID, *, name: str | None = None, is_active: bool | None = None, actor: Actor, now: datetime
) -> Store:
    """Rename a store, close it or open it again; None leaves as it is. A change of nothing is none, and leaves no audit row.

    A closed store's sessions open nothing from the next request on (FIND_STAFF_SESSION), and nobody signs in there. Its code
    stays: coupons, reports and tills name it. Raises NotFound.
    """
    store = db.session.scalar(select(Store).where(Store.public_id == public_id).with_for_update())
    if store is None:
        raise NotFound(kind="store")
    told = {"name": name, "is_active": is_active}
    after = {key: value for key, value in told.items() if value is not None and value != getattr(store, key)}
    if not after:
        return store
    before = {key: getattr(store, key) for key in after}
    for key, value in after.items():
        setattr(store, key, value)
    audit.record(
        "store.change",
        actor=actor,
        object_kind="store",
        object_id=store.id,
        details={"code": store.code, "before": before, "after": after},
        now=now,
        store_id=store.id,
    )
    return store


def get(store_id: int) -> Store:
    """A store by internal key. Raises NotFound."""
    store = db.session.get(Store, store_id)
    if store is None:
        raise NotFound(kind="store")
    return store


def get_by_public_id(public_id: uuid.UUID) -> Store:
    """Raises NotFound."""
    return get_many_by_public_id([public_id])[0]


def find_by_code(code: str) -> Store | None:
    """An open store by its code."""
    return db.session.scalar(select(Store).where(Store.code == code, Store.is_active))


def get_many_by_public_id(public_ids: Sequence[uuid.UUID]) -> Sequence[Store]:
    """The stores of these public ids. Raises NotFound when one of them does not exist."""
    wanted = set(public_ids)
    found = db.session.scalars(select(Store).where(Store.public_id.in_(wanted)).order_by(Store.id)).all()
    if len(found) != len(wanted):
        raise NotFound(kind="store")
    return found


def list_stores(*, after: tuple[int] | None, limit: int) -> Page[Store]:
    """Oldest first; `after` is the internal key of the last row seen."""
    query = select(Store).order_by(Store.id).limit(limit + 1)
    if after is not None:
        query = query.where(Store.id > after[0])
    return cut(db.session.scalars(query).all(), limit, lambda store: (store.id,))
