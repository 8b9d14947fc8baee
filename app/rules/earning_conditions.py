"""Whether a rule applies to what happened, and which lines of a bill it covers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from app.rules.earning_terms import Terms


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a bill after its own discounts."""

    line_no: int
    amount_fen: int
    quantity: int = 1
    sku: str = ""
    category: str = ""


@dataclass(frozen=True, kw_only=True)
class PaidBefore:
    """What a rule has paid the member, less what was taken back: on this business date, and ever.

    `nth` is the highest number of a purchase it paid as an n-th one and that keeps some of it; 0 for none.
    """

    today: int = 0
    ever: int = 0
    nth: int = 0


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What happened, as rules see it; an event without money has no lines."""

    # The shop's date and local hour of the event.
    on: date
    hour: int
    lines: tuple[Line, ...] = ()
    store_code: str | None = None
    # "store:<number>" at a counter, else the partner's own; rules may say "store" for every counter.
    channel: str = ""
    # The tier held before the event; empty for somebody who is no member.
    tier_code: str | None = None
    # Of purchases: which one of the member's this is. Of anniversaries: the years.
    nth: int = 1
    paid_before: Mapping[str, PaidBefore] = field(default_factory=dict)


def covered(terms: Terms, bill: Bill) -> list[Line]:
    """The lines a rule is about: all of them, unless it names goods."""
    return [
        line
        for line in bill.lines
        if (not terms.categories or line.category in terms.categories) and (not terms.skus or line.sku in terms.skus)
    ]


def refusal(terms: Terms, bill: Bill, lines: Sequence[Line]) -> str | None:
    """The first condition that does not hold, in one word; None when all do."""
    return next((word for word, holds in CONDITIONS if not holds(terms, bill, lines)), None)


def in_channels(channel: str, named: Sequence[str]) -> bool:
    """Whether a channel is named, by itself or as one of the counters; no names mean every channel."""
    return not named or channel in named or channel.partition(":")[0] in named


def within_hours(hour: int, first: int | None, end: int | None) -> bool:
    """Half-open; an interval that begins after its end passes midnight, one that is missing is the whole day."""
    if first is None or end is None:
        return True
    if first < end:
        return first <= hour < end
    return hour >= first or hour < end


def _store(terms: Terms, bill: Bill, _lines: Sequence[Line]) -> bool:
    return not terms.stores or bill.store_code in terms.stores


def _channel(terms: Terms, bill: Bill, _lines: Sequence[Line]) -> bool:
    return in_channels(bill.channel, terms.channels)


def _tier(terms: Terms, bill: Bill, _lines: Sequence[Line]) -> bool:
    return not terms.tiers or bill.tier_code in terms.tiers


def _date(terms: Terms, bill: Bill, _lines: Sequence[Line]) -> bool:
    first, last = terms.from_date, terms.until_date
    here = bill.on.isoformat()
    if len(first or last or here) == len("12-01"):
        here = here[5:]
    if first and last and last < first:
        # A yearly season over the turn of the year.
        return here >= first or here <= last
    return (first is None or here >= first) and (last is None or here <= last)


def _weekday(terms: Terms, bill: Bill, _lines: Sequence[Line]) -> bool:
    return not terms.weekdays or bill.on.isoweekday() in terms.weekdays


def _hour(terms: Terms, bill: Bill, _lines: Sequence[Line]) -> bool:
    return within_hours(bill.hour, terms.from_hour, terms.until_hour)


def _nth(terms: Terms, bill: Bill, _lines: Sequence[Line]) -> bool:
    exact = terms.nth_purchase is None or bill.nth == terms.nth_purchase
    return exact and (terms.every_nth is None or bill.nth % terms.every_nth == 0)


def _years(terms: Terms, bill: Bill, _lines: Sequence[Line]) -> bool:
    return not terms.years or bill.nth in terms.years


def _goods(terms: Terms, _bill: Bill, lines: Sequence[Line]) -> bool:
    return bool(lines) or not (terms.categories or terms.skus)


def _items(terms: Terms, _bill: Bill, lines: Sequence[Line]) -> bool:
    return terms.min_items is None or sum(line.quantity for line in lines) >= terms.min_items


def _paid(terms: Terms, _bill: Bill, lines: Sequence[Line]) -> bool:
    return terms.min_paid_fen is None or sum(line.amount_fen for line in lines) >= terms.min_paid_fen


Condition = Callable[[Terms, Bill, Sequence[Line]], bool]
# In the order a marketer would check: where, who, when, which visit, what was bought.
CONDITIONS: Final[tuple[tuple[str, Condition], ...]] = (
    ("store", _store),
    ("channel", _channel),
    ("tier", _tier),
    ("date", _date),
    ("weekday", _weekday),
    ("hour", _hour),
    ("nth_purchase", _nth),
    ("years", _years),
    ("goods", _goods),
    ("min_items", _items),
    ("min_paid", _paid),
)
