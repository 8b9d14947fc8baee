"""Requests answered once: the key, the effect and the stored answer commit together (I16)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import SessionTransaction

from app.errors import Conflict, IdempotencyInFlight, IdempotencyKeyReused
from app.extensions import db
from app.plain_statements import Plain, fetch_one, send_last
from app.statements import idempotency as statements

# Design decision 3: at least 72 hours.
KEPT_FOR = timedelta(hours=96)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as its key names it: whose, which view, the key, and what was in it."""

    principal: str
    endpoint: str
    key: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Named:
    """A key before it is known whose it is: which view, and the key."""

    endpoint: str
    key: str


@dataclass(frozen=True, slots=True)
class Look:
    """What stands under a key, and whether the key is this transaction's; good as long as that transaction."""

    is_taken: bool
    request_hash: bytes | None
    status_code: int | None
    body: bytes | None
    transaction: SessionTransaction | None = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What the first request was told."""

    status_code: int
    body: bytes


def look_of(row: Any) -> Look:
    """A look from the columns `statements.idempotency.LOOK` adds to a row."""
    return Look(row.is_taken, row.request_hash, row.status_code, row.body, db.session().get_transaction())


def is_free(row: Any) -> bool:
    """Whether such a row found its key this transaction's, and nothing under it."""
    return bool(row.is_taken) and row.request_hash is None


def begin(asked: Asked, *, look: Look | None = None) -> StoredAnswer | None:
    """Take the key for this transaction, or give the first request's answer.

    `look` spares a round trip when this very transaction has looked already. A twin in flight is waited for (up to the lock
    timeout), so that it, too, answers with the first one's bytes. Raises IdempotencyKeyReused when the key came with another
    body, IdempotencyInFlight when the wait ran out.
    """
    names = {"principal": asked.principal, "endpoint": asked.endpoint, "key": asked.key}
    if look is None or look.transaction is not db.session().get_transaction():
        look = look_of(fetch_one(statements.BEGIN, names))
    if not look.is_taken:
        try:
            fetch_one(statements.WAIT, names)
        except OperationalError as error:
            raise IdempotencyInFlight(retry_after_seconds=1) from error
        look = look_of(fetch_one(statements.BEGIN, names))
    if look.request_hash is None or look.status_code is None or look.body is None:
        return None
    if look.request_hash != asked.request_hash:
        raise IdempotencyKeyReused
    return StoredAnswer(look.status_code, look.body)


def finish(asked: Asked, *, answer: StoredAnswer, now: datetime) -> None:
    """Leave the answer to be stored with the commit; the primary key is the last guard against a second effect.

    The commit raises a Conflict that `is_overtaken` when a twin committed between the look and the lock.
    """
    send_last(*kept(asked, answer=answer, now=now))


def kept(asked: Asked, *, answer: StoredAnswer, now: datetime) -> Plain:
    """The statement that stores an answer: the last of its transaction."""
    return statements.FINISH, {
        "principal": asked.principal,
        "endpoint": asked.endpoint,
        "key": asked.key,
        "request_hash": asked.request_hash,
        "status_code": answer.status_code,
        "body": answer.body,
        "created_at": now,
        "expires_at": now + KEPT_FOR,
    }


def is_overtaken(error: Conflict) -> bool:
    """Whether a twin's answer is there by now: ask again from the beginning."""
    return error.data.get("constraint") == statements.PRIMARY_KEY
