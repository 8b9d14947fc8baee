"""A request's key: taken and looked up in one round trip. Leans on pk_idempotency_key, the last guard (I16)."""

from typing import Final

from sqlalchemy import text

# Transaction-scoped lock: freed by commit, rollback or a crash alike; needs no row to be cleaned up. The look may be older
# than the lock by an instant: a twin that committed in between is found by FINISH.
BEGIN: Final = text(
    """
    SELECT pg_try_advisory_xact_lock(hashtextextended(:lock, 0)) AS is_taken, stored.request_hash, stored.status_code,
           stored.body
      FROM (VALUES (1)) AS one
      LEFT JOIN idempotency_key AS stored
        ON stored.principal = :principal AND stored.endpoint = :endpoint AND stored.key = :key
    """
)

WAIT: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))")

FINISH: Final = text(
    """
    INSERT INTO idempotency_key (principal, endpoint, key, request_hash, status_code, body, created_at, expires_at)
    VALUES (:principal, :endpoint, :key, :request_hash, :status_code, :body, :created_at, :expires_at)
    ON CONFLICT DO NOTHING RETURNING 1
    """
)
