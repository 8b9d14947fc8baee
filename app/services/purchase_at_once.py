"""The usual bill of a known member, written by one statement. What is not usual is left to services/purchases.py.

Usual: no debt, nothing on hold, a ladder for life, an order told for the first time, and rules that pay points and growth once
each at most, without caps, counts, waiting or an expiry of their own. A rung that is reached is settled behind it. Both ways
write the same rows (docs/domain/earning.md).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from app.extensions import db
from app.models import Purchase
from app.plain_statements import Plain, fetch_all, fetch_one
from app.rules import earning as earning_rules
from app.rules import earning_terms, expiry_terms
from app.rules.earning import Bill, Line, Payment, Rule
from app.services import purchases_bills, tiers
from app.services.calendars import Calendar
from app.statements import purchase_at_once as statements
from app.stored_rows import known

LEDGERS = ("points", "growth")


def attempt(values: Mapping[str, Any], lines: Sequence[Line], *, now: datetime) -> Purchase | None:
    """Lock the account of `values["member_id"]` and record the bill; None, and nothing written, when it is not the usual case.

    `values` are those of statements/purchases.RECORD.
    """
    # Settings changed in this transaction must be there to be read.
    db.session.flush()
    usual = judge(fetch_all(*look(values)), values, lines, now=now)
    row = None if usual is None else fetch_one(*usual.plain)
    if usual is None or row is None:
        return None
    purchase = _as_stored(row.id, values)
    if usual.reaches_a_rung:
        tiers.settle(values["member_id"], reason="growth", now=now)
    purchases_bills.follow(
        purchase,
        lines,
        member_id=values["member_id"],
        now=now,
        is_automated=usual.is_automated,
        badges_ahead=usual.badges_ahead,
        calendar=usual.calendar,
    )
    return purchase


@dataclass(frozen=True, kw_only=True, slots=True)
class Usual:
    """A usual bill: the statement that writes it, which returns its `id`, or no row for one that is not usual after all.

    `reaches_a_rung`: the tier is to be settled; `is_automated`: an automation waits for bills; `badges_ahead`: the member has
    badges left to reach."""

    plain: Plain
    reaches_a_rung: bool
    is_automated: bool
    badges_ahead: bool
    calendar: Calendar


def look(values: Mapping[str, Any]) -> Plain:
    """The statement that locks the account and asks for what decides; `judge` reads its row."""
    asked = {"member_id": values["member_id"], "store_id": values["store_id"], "at": values["occurred_at"]}
    return statements.LOOK, {**asked, "facts": sorted(purchases_bills.BADGE_FACTS)}


def judge(found: Sequence[Any], values: Mapping[str, Any], lines: Sequence[Line], *, now: datetime) -> Usual | None:
    """Whether the bill is a usual one, by what was looked at."""
    if not found:
        return None
    at: datetime = values["occurred_at"]
    row = found[0]
    if (
        row.points_owed
        # A hold that ran out ends before anything is booked.
        or row.points_held
        or not row.is_for_life
        or (row.booked_at is not None and row.booked_at > now)
    ):
        return None
    calendar = Calendar(row.zone, row.cut_over_hour)
    payments = _payments(row, values["channel"], lines, at=at, calendar=calendar)
    if payments is None:
        return None
    growth = payments["growth"].amount if "growth" in payments else 0
    written = {**values, "at": at, "now": now, "ladder": row.ladder, "rungs": row.rungs}
    written |= _lines(lines) | _paid(payments) | _dates(row, calendar, at=at, now=now)
    return Usual(
        plain=(statements.RECORD, written),
        reaches_a_rung=row.next_threshold is not None and row.growth_value + growth >= row.next_threshold,
        is_automated=row.is_automated,
        badges_ahead=row.badges_ahead,
        calendar=calendar,
    )


def _payments(
    look: Any, channel: str, lines: Sequence[Line], *, at: datetime, calendar: Calendar
) -> dict[str, Payment] | None:
    """What the rules give, by ledger; None when that takes more than one entry each, or a look at what they gave before."""
    rules = _rules(look.rules)
    if not all(_is_plain(rule.terms) for rule in rules):
        return None
    bill = Bill(
        on=calendar.date_of(at),
        hour=at.astimezone(ZoneInfo(calendar.zone)).hour,
        lines=tuple(lines),
        store_code=look.store_code,
        channel=channel,
        tier_code=look.tier_code,
    )
    payments = earning_rules.evaluate(rules, bill).payments
    by_ledger = {payment.rule.ledger: payment for payment in payments}
    return by_ledger if len(by_ledger) == len(payments) else None


@lru_cache(maxsize=64)
def _rules(stored: str) -> tuple[Rule, ...]:
    """The rules in force from their JSON: a crowd buys by the same ones."""
    return tuple(Rule(**{**rule, "terms": earning_terms.read(rule["terms"])}) for rule in json.loads(stored))


def _is_plain(terms: earning_terms.Terms) -> bool:
    asks = terms.cap_per_day or terms.cap_per_member or terms.counts_purchases
    return not (asks or terms.pending_days or terms.expiry)


def _lines(lines: Sequence[Line]) -> dict[str, Any]:
    columns = ("line_no", "sku", "category", "quantity", "amount_fen")
    return {"lines": json.dumps([{name: getattr(line, name) for name in columns} for line in lines])}


def _paid(payments: Mapping[str, Payment]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for ledger in LEDGERS:
        one = payments.get(ledger)
        values[ledger] = one.amount if one else 0
        values[f"{ledger}_code"] = one.rule.code if one else None
        values[f"{ledger}_version"] = one.rule.version_id if one else None
    paid = [
        {"rule_id": one.rule.rule_id, "version_id": one.rule.version_id, "amount": one.amount, "detail": one.detail}
        for one in payments.values()
    ]
    return {**values, "payments": json.dumps(paid)}


def _dates(look: Any, calendar: Calendar, *, at: datetime, now: datetime) -> dict[str, Any]:
    bought_on = calendar.date_of(at)
    last = expiry_terms.last_valid_date(expiry_terms.parse(look.points_expiry), bought_on)
    return {
        "today": calendar.date_of(now),
        "bought_on": bought_on,
        "counts_on": calendar.date_of(min(at, now)),
        "lot_expires_at": None if last is None else calendar.end_of(max(bought_on, last)),
    }


def _as_stored(purchase_id: int, values: Mapping[str, Any]) -> Purchase:
    """The row just written, as the session would read it."""
    told = {key: values[key] for key in _TOLD}
    return known(
        Purchase(id=purchase_id, **told, refunded_fen=0, status="paid", buyer_phone_index=None, buyer_external_id=None)
    )


_TOLD = (
    "public_id",
    "member_id",
    "store_id",
    "channel",
    "order_no",
    "bill_fen",
    "discount_fen",
    "occurred_at",
)
