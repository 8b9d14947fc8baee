"""The roots of every business error: a stable code and named data."""

from typing import Any, ClassVar


class LoyaltyError(Exception):
    """A refusal with a stable `code` and named, JSON-able `data`. Never raised with secrets or personal data."""

    code: ClassVar[str] = "loyalty_error"

    def __init__(self, **data: Any) -> None:
        self.data = data
        super().__init__(f"{self.code} {data}" if data else self.code)


class InvalidInput(LoyaltyError):
    code = "invalid_input"


class NotSignedIn(LoyaltyError):
    code = "not_signed_in"


class NotAllowed(LoyaltyError):
    code = "not_allowed"


class NotFound(LoyaltyError):
    """`NotFound(kind="coupon")`: one body for missing and for somebody else's, so ids cannot be probed."""

    code = "not_found"


class Conflict(LoyaltyError):
    code = "conflict"


class RuleBroken(LoyaltyError):
    code = "rule_broken"


class TooMany(LoyaltyError):
    code = "too_many"


class GatewayFailed(LoyaltyError):
    code = "gateway_failed"


class Unavailable(LoyaltyError):
    code = "unavailable"
