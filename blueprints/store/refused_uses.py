"""`@keeps_refusals`: a refused use of coupons is written down once its transaction is gone."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar, cast

from app import transaction
from app.errors import (
    IdempotencyInFlight,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    LoyaltyError,
    NotAllowed,
    Unavailable,
)
from app.services import redemption_attempts
from app.services.redemption_attempts import Attempt
from blueprints.identity import actor, now

F = TypeVar("F", bound=Callable[..., Any])

# Nothing was tried: the request itself was refused, or nothing could be.
NO_ATTEMPT = (IdempotencyKeyMissing, IdempotencyKeyReused, IdempotencyInFlight, NotAllowed, Unavailable)


def keeps_refusals(attempt_of: Callable[[Any], Attempt | None]) -> Callable[[F], F]:
    """Outside of `@idempotent`, whose replays are no refusals; `attempt_of` reads the body, None for one that uses nothing."""

    def mark(view: F) -> F:
        @wraps(view)
        def kept(*args: Any, **kwargs: Any) -> Any:
            try:
                return view(*args, **kwargs)
            except NO_ATTEMPT:
                raise
            except LoyaltyError as error:
                _keep(attempt_of(kwargs["json_data"]), reason=error.code)
                raise

        return cast(F, kept)

    return mark


def _keep(attempt: Attempt | None, *, reason: str) -> None:
    if attempt is None:
        return
    # The clerk is told the refusal, whether or not it could be written down.
    with suppress(Unavailable):
        transaction.run(lambda: redemption_attempts.record(attempt, reason=reason, actor=actor(), now=now()))
