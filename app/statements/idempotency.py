"""A request's key: taken and looked up in one round trip. Leans on pk_idempotency_key, the last guard (I16)."""

from typing import Final

from sqlalchemy import text

# Transaction-scoped lock: freed by commit, rollback or a crash alike; needs no row to be cleaned up.
_LOCK: Final = "hashtextextended({principal} || chr(10) || :endpoint || chr(10) || :key, 0)"

# Columns and a join for whoever knows the principal: the session's statement looks the key up in the same round trip. The
# look may be older than the lock by an instant: a twin that committed in between is found by FINISH.
LOOK: Final = f"pg_try_advisory_xact_lock({_LOCK}) AS is_taken, stored.request_hash, stored.status_code, stored.body"
STORED: Final = (
    "LEFT JOIN idempotency_key AS stored"
    " ON stored.principal = {principal} AND stored.endpoint = :endpoint AND stored.key = :key"
)

_ASKED: Final = "CAST(:principal AS text)"
BEGIN: Final = text(
    f"SELECT {LOOK} FROM (VALUES (1)) AS one {STORED}".format(principal=_ASKED)  # noqa: S608
)
WAIT: Final = text(f"SELECT pg_advisory_xact_lock({_LOCK})".format(principal=_ASKED))

FINISH: Final = text(
    """
    INSERT INTO idempotency_key (principal, endpoint, key, request_hash, status_code, body, created_at, expires_at)
    VALUES (:principal, :endpoint, :key, :request_hash, :status_code, :body, :created_at, :expires_at)
    """
)
# What FINISH breaks when somebody else's answer stands there already.
PRIMARY_KEY: Final = "pk_idempotency_key"
