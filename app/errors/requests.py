"""Refusals of a request as such: idempotency keys."""

from app.errors.tree import Conflict, InvalidInput, RuleBroken


class IdempotencyKeyMissing(InvalidInput):
    code = "idempotency_key_missing"


class IdempotencyKeyReused(RuleBroken):
    """The same key came with another request body."""

    code = "idempotency_key_reused"


class IdempotencyInFlight(Conflict):
    """The first request with this key has not finished yet."""

    code = "idempotency_in_flight"
