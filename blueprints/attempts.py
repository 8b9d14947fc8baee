"""Counting tries at the doors where somebody could guess: in PostgreSQL, so that the limits hold without Redis."""

from dataclasses import dataclass

from app.extensions import db
from app.gateways import attempt_limit
from app.transaction import transaction
from app.wiring import parts
from blueprints.identity import now


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries in a window; `kind` keeps the counters of different doors apart."""

    kind: str
    tries: int
    window_seconds: int


def count(limit: Limit, who: str) -> None:
    """Count one try of `who`, committed at once. Raises TooMany past the limit."""
    with transaction():
        attempt_limit.hit(
            db.session(), _key(limit, who), limit=limit.tries, window_seconds=limit.window_seconds, now=now()
        )


def forgive(limit: Limit, who: str) -> None:
    """Give back this request's try, in the transaction of what it led to."""
    attempt_limit.forgive(db.session, _key(limit, who), window_seconds=limit.window_seconds, now=now())


def _key(limit: Limit, who: str) -> str:
    # Logins and addresses are personal: only their keyed hash is stored.
    return f"{limit.kind}:{parts().vault.blind_index(who, purpose='attempt').hex()}"
