"""Stores and the people who work in them, made through the real services, and sign-ins for them."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from app.actor import Actor
from app.extensions import db
from app.gateways import vault as vaults
from app.models import Staff, Store
from app.services import passwords, sessions, staff, stores
from tests.conftest import NOON

PASSWORD = "correct horse battery"

_numbers = itertools.count(1)


def make_store(*, code: str | None = None, name: str = "一号店", now: datetime = NOON) -> Store:
    """An open store."""
    return stores.create(code=code or f"S{next(_numbers):05d}", name=name, actor=Actor.system(), now=now)


def make_staff(
    role: str = "clerk",
    *,
    login: str | None = None,
    at: Sequence[Store] = (),
    member_id: int | None = None,
    display_name: str = "小李",
    now: datetime = NOON,
) -> Staff:
    """A person with PASSWORD, acting for the stores `at`."""
    return staff.create(
        login=login or f"{role}.{next(_numbers)}",
        display_name=display_name,
        role=role,
        password_hash=_hash_once(),
        store_ids=[store.public_id for store in at],
        member_id=member_id,
        actor=Actor.system(),
        now=now,
    ).person


def sign_in(person: Staff, *, store: Store | None = None, now: datetime = NOON) -> dict[str, str]:
    """A session at the counter of `store`, or at the console; returns the request headers that carry it."""
    token = vaults.new_token()
    sessions.open_for_staff(
        person.id,
        store_id=None if store is None else store.id,
        token_hash=vaults.token_hash(token),
        lifetime=timedelta(hours=12),
        now=now,
    )
    db.session.flush()
    return {"Authorization": f"Bearer {token}"}


@lru_cache(maxsize=1)
def _hash_once() -> str:
    # One full-cost hash per process: making people in tests must not cost a third of a second each.
    return passwords.hash_of(PASSWORD)
