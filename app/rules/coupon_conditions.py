"""When a coupon refuses a bill, and when it refuses to be used at all: the reason nobody can mend comes first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.errors import (
    CouponExpired,
    CouponHeld,
    CouponNotForChannel,
    CouponNotForTier,
    CouponNotNow,
    CouponNotStarted,
    CouponNotUsable,
    FirstPurchaseOnly,
    LoyaltyError,
    MinimumSpendNotMet,
    NoEligibleGoods,
    WrongStore,
)
from app.rules.coupon_terms import Terms
from app.rules.earning_conditions import Line, in_channels, within_hours


@dataclass(frozen=True, kw_only=True)
class Bill:
    """A bill as rung up, before any coupon; one told without lines is one line without sku and category."""

    # The shop's date and local hour.
    on: date
    hour: int
    store_code: str | None
    # "store:<number>" at a counter, else the partner's own; terms may say "store" for every counter.
    channel: str
    # The tier held; None for somebody who is no member.
    tier_code: str | None
    is_first_purchase: bool
    lines: tuple[Line, ...]


def covers(terms: Terms, line: Line) -> bool:
    """Whether a line is among the goods of a coupon: named where goods are named, and not left out."""
    return (
        (not terms.skus or line.sku in terms.skus)
        and (not terms.categories or line.category in terms.categories)
        and line.sku not in terms.not_skus
        and line.category not in terms.not_categories
    )


def why_not(terms: Terms, bill: Bill) -> LoyaltyError | None:
    """The first condition of the terms that the bill does not meet; None when it meets all."""
    return next((error for condition in CONDITIONS if (error := condition(terms, bill))), None)


def state_refusal(
    *, status: str, usable_from: datetime, expires_at: datetime, held_elsewhere: bool, now: datetime
) -> LoyaltyError | None:
    """Why a coupon cannot be used on any bill now; None when it can."""
    if status == "expired" or (status == "active" and now >= expires_at):
        return CouponExpired(expires_at=expires_at)
    if status != "active":
        return CouponNotUsable(status=status)
    if now < usable_from:
        return CouponNotStarted(usable_from=usable_from)
    return CouponHeld() if held_elsewhere else None


def _store(terms: Terms, bill: Bill) -> LoyaltyError | None:
    return WrongStore() if terms.stores and bill.store_code not in terms.stores else None


def _channel(terms: Terms, bill: Bill) -> LoyaltyError | None:
    return None if in_channels(bill.channel, terms.channels) else CouponNotForChannel(channels=list(terms.channels))


def _tier(terms: Terms, bill: Bill) -> LoyaltyError | None:
    return CouponNotForTier(tiers=list(terms.tiers)) if terms.tiers and bill.tier_code not in terms.tiers else None


def _first_purchase(terms: Terms, bill: Bill) -> LoyaltyError | None:
    return FirstPurchaseOnly() if terms.first_purchase_only and not bill.is_first_purchase else None


def _blackout(terms: Terms, bill: Bill) -> LoyaltyError | None:
    today = bill.on.isoformat()
    return CouponNotNow(reason="blackout") if {today, today[len("2026-") :]} & set(terms.blackout_dates) else None


def _weekday(terms: Terms, bill: Bill) -> LoyaltyError | None:
    return CouponNotNow(reason="weekday") if terms.weekdays and bill.on.isoweekday() not in terms.weekdays else None


def _hour(terms: Terms, bill: Bill) -> LoyaltyError | None:
    return None if within_hours(bill.hour, terms.from_hour, terms.until_hour) else CouponNotNow(reason="hour")


def _goods(terms: Terms, bill: Bill) -> LoyaltyError | None:
    names_goods = terms.skus or terms.categories or terms.not_skus or terms.not_categories
    return NoEligibleGoods() if names_goods and not any(covers(terms, line) for line in bill.lines) else None


def _minimum(terms: Terms, bill: Bill) -> LoyaltyError | None:
    if terms.min_spend_fen is None:
        return None
    spent = sum(line.amount_fen for line in bill.lines if covers(terms, line))
    if spent >= terms.min_spend_fen:
        return None
    return MinimumSpendNotMet(min_spend_fen=terms.min_spend_fen, bill_fen=spent)


Condition = Callable[[Terms, Bill], LoyaltyError | None]
# In the order a clerk would check: where, who, when, what was bought, for how much.
CONDITIONS: Final[tuple[Condition, ...]] = (
    _store,
    _channel,
    _tier,
    _first_purchase,
    _blackout,
    _weekday,
    _hour,
    _goods,
    _minimum,
)
