"""Refusals of coupons and their batches."""

from app.errors.tree import Conflict, InvalidInput, RuleBroken


class BatchExhausted(Conflict):
    code = "batch_exhausted"


class BudgetExhausted(Conflict):
    code = "budget_exhausted"


class BatchNotOpen(RuleBroken):
    """data: status, claim_starts_at, claim_ends_at."""

    code = "batch_not_open"


class ClaimLimitReached(RuleBroken):
    """data: per_member_limit (how many), per: batch, day or life."""

    code = "claim_limit_reached"


class AudienceMismatch(RuleBroken):
    """The batch is for other members (tier)."""

    code = "audience_mismatch"


class BatchClosed(RuleBroken):
    """Closing is for ever: print a new batch."""

    code = "batch_closed"


class TemplateInUse(RuleBroken):
    """Coupons of the batch are out under its version of the terms."""

    code = "template_in_use"


class StockBelowIssued(RuleBroken):
    """data: issued, stock."""

    code = "stock_below_issued"


class BudgetBelowCommitted(RuleBroken):
    """data: committed_fen, budget_fen."""

    code = "budget_below_committed"


class NameTaken(Conflict):
    """A template, batch, … of this name exists; data: name."""

    code = "name_taken"


class CouponTermsInvalid(InvalidInput):
    """data: fields = {place: reason}."""

    code = "coupon_terms_invalid"


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


class CouponNotForChannel(RuleBroken):
    """data: channels."""

    code = "coupon_not_for_channel"


class CouponNotForTier(RuleBroken):
    """data: tiers."""

    code = "coupon_not_for_tier"


class CouponNotNow(RuleBroken):
    """data: reason (weekday, hour, blackout)."""

    code = "coupon_not_now"


class FirstPurchaseOnly(RuleBroken):
    code = "first_purchase_only"


class NoEligibleGoods(RuleBroken):
    """Nothing on the bill is what the coupon is for."""

    code = "no_eligible_goods"


class CouponHeld(Conflict):
    """Another visit at a counter has scanned it and not ended yet."""

    code = "coupon_held"


class CouponsNotCombinable(RuleBroken):
    """data: reason (same_coupon, exclusive, exclusive_group, category, too_many), with; limit where there is one."""

    code = "coupons_not_combinable"


class CouponNoEffect(RuleBroken):
    """It would take nothing off this bill, so it is not used up."""

    code = "coupon_no_effect"


class AlreadyRedeemed(Conflict):
    """data: redeemed_at, store, clerk (their display name)."""

    code = "already_redeemed"


class UndoWindowPassed(RuleBroken):
    """data: undo_until; a manager may still undo with a reason."""

    code = "undo_window_passed"


class PriceChanged(Conflict):
    """In the exchange shop; data: points_price (what it costs now), told (what the client showed)."""

    code = "price_changed"


class AutomationConditionsInvalid(InvalidInput):
    """data: fields = {place: reason}."""

    code = "automation_conditions_invalid"
