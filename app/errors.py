"""The tree of coded business errors. HTTP status lives in blueprints/errors.py, texts in app/messages.py.

LoyaltyError
├── InvalidInput      the request cannot be understood or breaks its shape
├── NotSignedIn       no valid token
├── NotAllowed        signed in, but this role, store or owner may not
├── NotFound          no such thing, or not yours to see
├── Conflict          somebody was first, or the state moved on
├── RuleBroken        understood and allowed, but a rule of the programme says no
├── TooMany           over a limit; data carries retry_after_seconds
├── GatewayFailed     an outside system answered nonsense
└── Unavailable       something we need is down; data carries retry_after_seconds
"""

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


# --- idempotency -------------------------------------------------------------------------------------------------


class IdempotencyKeyMissing(InvalidInput):
    code = "idempotency_key_missing"


class IdempotencyKeyReused(RuleBroken):
    """The same key came with another request body."""

    code = "idempotency_key_reused"


class IdempotencyInFlight(Conflict):
    """The first request with this key has not finished yet."""

    code = "idempotency_in_flight"


# --- points ------------------------------------------------------------------------------------------------------


class InsufficientPoints(RuleBroken):
    """data: available, requested (whole points)."""

    code = "insufficient_points"


class OrderNumberReused(Conflict):
    """The order number is known with another amount, store or member; data: order_no."""

    code = "order_number_reused"


class RungNotOnTop(RuleBroken):
    """A new rung lies above all others and above every member's growth value; data: above."""

    code = "rung_not_on_top"


class AlreadyReversed(Conflict):
    code = "already_reversed"


# --- members -----------------------------------------------------------------------------------------------------


class PhoneInvalid(InvalidInput):
    code = "phone_invalid"


class PhoneTaken(Conflict):
    """The phone belongs to a member who already has another WeChat identity of this app."""

    code = "phone_taken"


class ConsentMissing(RuleBroken):
    """Membership needs consent to its own document; data: purpose, document_version."""

    code = "consent_missing"


class BirthdayAlreadySet(RuleBroken):
    code = "birthday_already_set"


# --- staff -------------------------------------------------------------------------------------------------------


class SignInRefused(NotSignedIn):
    """Unknown login, wrong password or disabled: one answer for all three."""

    code = "sign_in_refused"


class LastAdmin(RuleBroken):
    """The only active admin may not step down: nobody could let people in."""

    code = "last_admin"


# --- member code and counter visit -------------------------------------------------------------------------------


class MemberCodeMalformed(InvalidInput):
    """Wrong length, not digits, or the check digit does not fit: scan again."""

    code = "member_code_malformed"


class MemberCodeExpired(RuleBroken):
    """The code is of another moment (a screenshot): ask the customer to refresh."""

    code = "member_code_expired"


class MemberCodeUsed(Conflict):
    """The code was already scanned for another visit."""

    code = "member_code_used"


class VisitEnded(Conflict):
    """The counter visit was used or ran out: scan a fresh code."""

    code = "visit_ended"


class SelfService(NotAllowed):
    """A clerk may not serve their own membership."""

    code = "self_service"


# --- coupons -----------------------------------------------------------------------------------------------------


class BatchExhausted(Conflict):
    code = "batch_exhausted"


class BudgetExhausted(Conflict):
    code = "budget_exhausted"


class BatchNotOpen(RuleBroken):
    """data: status, claim_starts_at, claim_ends_at."""

    code = "batch_not_open"


class ClaimLimitReached(RuleBroken):
    """data: per_member_limit."""

    code = "claim_limit_reached"


class AudienceMismatch(RuleBroken):
    """The batch is for other members (tier)."""

    code = "audience_mismatch"


class BatchClosed(RuleBroken):
    """Closing is for ever: print a new batch."""

    code = "batch_closed"


class StockBelowIssued(RuleBroken):
    """data: issued, stock."""

    code = "stock_below_issued"


class BudgetBelowCommitted(RuleBroken):
    """data: committed_fen, budget_fen."""

    code = "budget_below_committed"


class NameTaken(Conflict):
    """A template, batch, … of this name exists; data: name."""

    code = "name_taken"


class CouponNotUsable(RuleBroken):
    """data: status."""

    code = "coupon_not_usable"


class CouponExpired(RuleBroken):
    """data: expires_at."""

    code = "coupon_expired"


class CouponNotStarted(RuleBroken):
    """data: usable_from."""

    code = "coupon_not_started"


class WrongStore(RuleBroken):
    code = "wrong_store"


class MinimumSpendNotMet(RuleBroken):
    """data: min_spend_fen, bill_fen."""

    code = "minimum_spend_not_met"


class AlreadyRedeemed(Conflict):
    """data: redeemed_at, store."""

    code = "already_redeemed"


class UndoWindowPassed(RuleBroken):
    """data: undo_until; a manager may still undo with a reason."""

    code = "undo_window_passed"


# --- messages and campaigns --------------------------------------------------------------------------------------


class MessageFieldsInvalid(InvalidInput):
    """data: fields = {key: reason}."""

    code = "message_fields_invalid"


class MessageTemplateTaken(Conflict):
    """Another template already has this code or this WeChat template id."""

    code = "message_template_taken"


class MessageTemplateDisabled(RuleBroken):
    """data: code, of the template."""

    code = "message_template_disabled"


class CampaignStateConflict(Conflict):
    """data: state, wanted."""

    code = "campaign_state_conflict"
