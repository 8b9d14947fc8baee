"""Requests answered once: the key, the effect and the stored answer commit together (I16)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import OperationalError

from app.errors import IdempotencyInFlight, IdempotencyKeyReused
from app.extensions import db
from app.models import IdempotencyKey

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


def begin(asked: Asked) -> StoredAnswer | None:
    """Take the key for this transaction, or give the first request's answer.

    A twin in flight is waited for (up to the lock timeout), so that it, too, answers with the first one's bytes.
    Raises IdempotencyKeyReused when the key came with another body, IdempotencyInFlight when the wait ran out.
    """
    session = db.session
    # Transaction-scoped: freed by commit, rollback or a crash alike; needs no row to be cleaned up.
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
    try:
        session.execute(lock, {"name": f"{asked.principal}\n{asked.endpoint}\n{asked.key}"})
    except OperationalError as error:
        raise IdempotencyInFlight(retry_after_seconds=1) from error
    row = session.execute(
        select(IdempotencyKey.request_hash, IdempotencyKey.status_code, IdempotencyKey.body).where(
            IdempotencyKey.principal == asked.principal,
            IdempotencyKey.endpoint == asked.endpoint,
            IdempotencyKey.key == asked.key,
        )
    ).first()
    if row is None:
        return None
    if row.request_hash != asked.request_hash:
        raise IdempotencyKeyReused
    return StoredAnswer(row.status_code, row.body)


def finish(asked: Asked, *, answer: StoredAnswer, now: datetime) -> None:
    """Store the answer; the primary key is the last guard against a second effect."""
    db.session.execute(
        insert(IdempotencyKey).values(
            principal=asked.principal,
            endpoint=asked.endpoint,
            key=asked.key,
            request_hash=asked.request_hash,
            status_code=answer.status_code,
            body=answer.body,
            created_at=now,
            expires_at=now + KEPT_FOR,
        )
    )


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
