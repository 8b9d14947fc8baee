"""Requests answered once: the key, the effect and the stored answer commit together (I16)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from app.errors import IdempotencyInFlight, IdempotencyKeyReused
from app.extensions import db
from app.models import IdempotencyKey
from app.plain_statements import fetch_one
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
class StoredAnswer:
    """What the first request was told."""

    status_code: int
    body: bytes


class Overtaken(Exception):
    """A twin committed between the look and the lock: ask again from the beginning, its answer is there now."""


def begin(asked: Asked) -> StoredAnswer | None:
    """Take the key for this transaction, or give the first request's answer.

    A twin in flight is waited for (up to the lock timeout), so that it, too, answers with the first one's bytes.
    Raises IdempotencyKeyReused when the key came with another body, IdempotencyInFlight when the wait ran out.
    """
    names = {"principal": asked.principal, "endpoint": asked.endpoint, "key": asked.key}
    values = {**names, "lock": "\n".join(names.values())}
    row = fetch_one(statements.BEGIN, values)
    if not row.is_taken:
        try:
            fetch_one(statements.WAIT, {"lock": values["lock"]})
        except OperationalError as error:
            raise IdempotencyInFlight(retry_after_seconds=1) from error
        row = fetch_one(statements.BEGIN, values)
    if row.request_hash is None:
        return None
    if row.request_hash != asked.request_hash:
        raise IdempotencyKeyReused
    return StoredAnswer(row.status_code, row.body)


def finish(asked: Asked, *, answer: StoredAnswer, now: datetime) -> None:
    """Store the answer; the primary key is the last guard against a second effect. Raises Overtaken."""
    # What the effect left to the session goes first, so that its own refusals are told as such.
    db.session.flush()
    stored = fetch_one(
        statements.FINISH,
        {
            "principal": asked.principal,
            "endpoint": asked.endpoint,
            "key": asked.key,
            "request_hash": asked.request_hash,
            "status_code": answer.status_code,
            "body": answer.body,
            "created_at": now,
            "expires_at": now + KEPT_FOR,
        },
    )
    if stored is None:
        raise Overtaken


def purge_expired(*, now: datetime, limit: int) -> int:
    """Delete at most `limit` keys past their keeping time; returns how many."""
    keys = (
        select(IdempotencyKey.principal, IdempotencyKey.endpoint, IdempotencyKey.key)
        .where(IdempotencyKey.expires_at < now)
        .limit(limit)
        .cte("old")
    )
    result = db.session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.principal == keys.c.principal,
            IdempotencyKey.endpoint == keys.c.endpoint,
            IdempotencyKey.key == keys.c.key,
        )
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
