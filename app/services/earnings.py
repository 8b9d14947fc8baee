"""Paying members by the rules in force, taking back what refunds demand, and saying beforehand what would be paid.

Callers hold a transaction. An event pays a rule once (I4), whatever is repeated; caps are kept under the account lock.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.errors import Conflict
from app.extensions import db
from app.rules import earning as rules
from app.rules.earning import Bill, Line, PaidBefore, Payment, Rule, Verdict
from app.rules.earning_terms import Terms
from app.services import earning_rules, growth, points, programmes
from app.statements import earning as statements


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the caller knows of an event; date, hour, tier and caps are found here."""

    lines: tuple[Line, ...] = ()
    store_code: str | None = None
    channel: str = ""
    # Which purchase of the member this is, or the years of an anniversary; a function is asked only if a rule wants to know.
    nth: int | Callable[[], int] = 1


@dataclass(frozen=True, kw_only=True)
class Paid:
    """What one rule paid for an event; `taken_back` by refunds since."""

    code: str
    ledger: str
    amount: int
    taken_back: int = 0


def pay(
    member_id: int,
    *,
    event: str,
    source: str,
    now: datetime,
    occurred_at: datetime | None = None,
    facts: Facts | None = None,
) -> list[Paid]:
    """Pay what the rules in force when the event happened give; returns what this event has paid, also when repeated.

    The ledger entry of a rule has the source `<source>:<rule code>`.
    """
    points.lock_account(member_id)
    paid = list_paid(member_id, source=source)
    if paid:
        return paid
    at = occurred_at or now
    found = earning_rules.in_force(event, at=at)
    if not found:
        return []
    bill = _bill(member_id, found, facts or Facts(), at=at)
    payments = rules.evaluate(found, bill).payments
    for payment in payments:
        _book(member_id, payment, bill=bill, source=source, now=now, occurred_at=at)
    return [Paid(code=one.rule.code, ledger=one.rule.ledger, amount=one.amount) for one in payments]


def list_paid(member_id: int, *, source: str) -> list[Paid]:
    """What an event has paid this member, by rule."""
    rows = db.session.execute(statements.OF_SOURCE, {"source": source, "member_id": member_id})
    return [Paid(code=row.code, ledger=row.ledger, amount=row.amount, taken_back=row.taken_back) for row in rows]


def take_back(
    member_id: int, *, source: str, reversal_source: str, paid_fen: int, refunded_fen: int, now: datetime
) -> dict[str, int]:
    """Take back the share of an event's payments that refunds so far demand; everything when all is refunded.

    Returns what left the ledgers now as {"points": …, "growth": …}: what expired is not asked for again.
    """
    points.lock_account(member_id)
    gone = {"points": 0, "growth": 0}
    for row, upto in _due_back(member_id, source=source, paid_fen=paid_fen, refunded_fen=refunded_fen):
        ledger = points if row.ledger == "points" else growth
        gone[row.ledger] += ledger.take_back(
            member_id,
            source=f"{source}:{row.code}",
            reversal_source=f"{reversal_source}:{row.code}",
            upto=upto,
            now=now,
        )
        db.session.execute(statements.TAKEN_BACK, {"member_id": member_id, "id": row.id, "taken_back": upto})
    return gone


def would_take_back(member_id: int, *, source: str, paid_fen: int, refunded_fen: int) -> dict[str, int]:
    """What `take_back` would ask the ledgers for, as {"points": …, "growth": …}; what expired by then it would not find."""
    asked = {"points": 0, "growth": 0}
    for row, upto in _due_back(member_id, source=source, paid_fen=paid_fen, refunded_fen=refunded_fen):
        asked[row.ledger] += upto - row.taken_back
    return asked


def _due_back(member_id: int, *, source: str, paid_fen: int, refunded_fen: int) -> list[tuple[Any, int]]:
    """Payments of which more must go than went so far, each with how much of it must be gone in all."""
    due = []
    for row in db.session.execute(statements.OF_SOURCE, {"source": source, "member_id": member_id}).all():
        kept = 0
        if refunded_fen < paid_fen:
            kept = rules.keep_share(row.amount, paid_fen=paid_fen, refunded_fen=refunded_fen)
        if row.amount - kept > row.taken_back:
            due.append((row, row.amount - kept))
    return due


def dry_run(
    *,
    event: str,
    facts: Facts,
    now: datetime,
    member_id: int | None = None,
    tier_code: str | None = None,
    occurred_at: datetime | None = None,
) -> Verdict:
    """What an event would pay and why, line by line; nothing is written. Without a member no caps, and the tier is told."""
    at = occurred_at or now
    found = earning_rules.in_force(event, at=at)
    bill = _bill(member_id, found, facts, at=at)
    return rules.evaluate(found, bill if tier_code is None else replace(bill, tier_code=tier_code))


def total(paid: Sequence[Paid], ledger: str) -> int:
    """Points or growth an event paid, refunds not considered."""
    return sum(one.amount for one in paid if one.ledger == ledger)


def _bill(member_id: int | None, found: Sequence[Rule], facts: Facts, *, at: datetime) -> Bill:
    programme = programmes.get()
    bill = Bill(
        on=programmes.business_date(at),
        hour=at.astimezone(ZoneInfo(programme.zone)).hour,
        lines=facts.lines,
        store_code=facts.store_code,
        channel=facts.channel,
        nth=_nth(found, facts.nth),
    )
    if member_id is None:
        return bill
    asking = {rule.rule_id: rule.code for rule in found if _asks_what_was_paid(rule.terms)}
    before: dict[str, PaidBefore] = {}
    if asking:
        values = {"member_id": member_id, "rule_ids": list(asking), "on": bill.on}
        rows = db.session.execute(statements.PAID_BEFORE, values)
        before = {
            asking[row.rule_id]: PaidBefore(today=int(row.today), ever=int(row.ever), nth=row.nth) for row in rows
        }
    tier_code = None
    if any(rule.terms.tiers for rule in found):
        tier_code = db.session.scalar(statements.TIER, {"member_id": member_id})
    return replace(bill, tier_code=tier_code, paid_before=before)


def _nth(found: Sequence[Rule], nth: int | Callable[[], int]) -> int:
    if isinstance(nth, int):
        return nth
    return nth() if any(rule.terms.counts_purchases for rule in found) else 1


def _asks_what_was_paid(terms: Terms) -> bool:
    return bool(terms.cap_per_day or terms.cap_per_member or terms.counts_purchases)


def _book(member_id: int, payment: Payment, *, bill: Bill, source: str, now: datetime, occurred_at: datetime) -> None:
    rule = payment.rule
    values = {
        "member_id": member_id,
        "rule_id": rule.rule_id,
        "version_id": rule.version_id,
        "source": source,
        "amount": payment.amount,
        "on": bill.on,
        "detail": json.dumps(payment.detail),
        "cap_per_day": rule.terms.cap_per_day,
        "cap_per_member": rule.terms.cap_per_member,
    }
    if db.session.scalar(statements.PAY, values) is None:
        # Only a writer without the account lock can have come between.
        raise Conflict(kind="earning")
    entry: dict[str, Any] = {
        "amount": payment.amount,
        "source": f"{source}:{rule.code}",
        "rule_version_id": rule.version_id,
    }
    if rule.ledger == "growth":
        growth.add(member_id, **entry, now=now, occurred_at=occurred_at)
        return
    points.earn(
        member_id,
        **entry,
        expiry=rule.terms.expiry,
        pending_days=rule.terms.pending_days or 0,
        now=now,
        occurred_at=occurred_at,
    )
