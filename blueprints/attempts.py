"""Counting tries at the doors where somebody could guess: in PostgreSQL, so that the limits hold without Redis."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from app import transaction
from app.errors import InvalidInput, LoyaltyError
from app.extensions import db
from app.gateways import attempt_limit
from app.gateways.vault import Vault
from app.plain_statements import Plain
from app.wiring import parts
from blueprints.identity import now

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries in a window; `kind` keeps the counters of different doors apart."""

    kind: str
    tries: int
    window_seconds: int


def count(limit: Limit, who: str) -> None:
    """Count one try of `who`, committed at once. Raises TooMany past the limit."""
    with transaction.transaction():
        attempt_limit.hit(
            db.session(), _key(limit, who), limit=limit.tries, window_seconds=limit.window_seconds, now=now()
        )


def forgive(limit: Limit, who: str) -> None:
    """Give back this request's try, in the transaction of what it led to."""
    attempt_limit.forgive(db.session, _key(limit, who), window_seconds=limit.window_seconds, now=now())


def counted(*limits: tuple[Limit, Callable[[], str]]) -> Callable[[F], F]:
    """Count every try of a view against these limits, before it looks anything up; what succeeds is given back.

    Outside of @idempotent, whose transaction a refusal takes back: a try must stay counted. What is refused for its form is no
    guess and is given back too.
    """

    def mark(view: F) -> F:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            tried = [(limit, who()) for limit, who in limits]
            for limit, who in tried:
                count(limit, who)
            try:
                answer = view(*args, **kwargs)
            except InvalidInput:
                give_back(tried)
                raise
            give_back(tried)
            return answer

        return cast(F, guarded)

    return mark


def give_back(tried: Iterable[tuple[Limit, str]]) -> None:
    """Give tries back, in a transaction of their own: what they were counted for was no guess."""
    with transaction.transaction():
        for limit, who in tried:
            forgive(limit, who)


def in_turn(limit: Limit, who: str, look: Plain, work: Callable[[list[Any]], T]) -> T:
    """Run `work` on the rows of `look` in a transaction of its own; tries of `who` wait for each other before they look, and a
    refused one is counted.

    `work` writes nothing before it refuses. Raises what it raises, and TooMany past the limit.
    """
    window: dict[str, Any] = {"limit": limit.tries, "window_seconds": limit.window_seconds, "now": now()}

    def tried() -> tuple[T | None, LoyaltyError | None]:
        rows = attempt_limit.take_turn(_key(limit, who), **window, then=look)
        try:
            return work(rows), None
        except LoyaltyError as error:
            # Committed with the refusal, so that the next in turn finds it counted.
            attempt_limit.hit(db.session, _key(limit, who), **window)
            return None, error

    outcome, refusal = transaction.run(tried)
    if refusal is not None:
        raise refusal
    return cast(T, outcome)


def turn_of(limit: Limit, who: str, *, vault: Vault, at: datetime) -> dict[str, Any]:
    """What a statement needs to wait for its turn by itself and do nothing past the limit."""
    key = _key(limit, who, vault=vault)
    return attempt_limit.turn(key, limit=limit.tries, window_seconds=limit.window_seconds, now=at)


def _key(limit: Limit, who: str, *, vault: Vault | None = None) -> str:
    # Logins and addresses are personal: only their keyed hash is stored.
    return f"{limit.kind}:{(vault or parts().vault).blind_index(who, purpose='attempt').hex()}"
