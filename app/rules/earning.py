"""What a bill, a check-in or another event pays by which rule, and why: decided here alone, without a database.

Rounding: each rule rounds once, over the whole bill, down. What is lost is never more than one unit a rule, in the shop's
favour; the dry run says so. docs/domain/earning.md
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from app.rules import earning_conditions as conditions
from app.rules.earning_conditions import Bill, Line, PaidBefore
from app.rules.earning_terms import Terms

__all__ = ["Bill", "Line", "PaidBefore", "Payment", "Refusal", "Rule", "Verdict", "evaluate", "keep_share"]

FEN_PER_YUAN: Final = 100
WHOLE_BP: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A version in force."""

    code: str
    rule_id: int = 0
    version_id: int = 0
    version: int = 1
    name: str = ""
    name_en: str = ""
    event: str = "purchase"
    ledger: str = "points"
    terms: Terms


@dataclass(frozen=True, kw_only=True)
class Payment:
    """What a rule pays: whole points or growth, above zero; `detail` explains it line by line."""

    rule: Rule
    amount: int
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a rule pays nothing; `reason` is one word of docs/domain/earning.md."""

    rule: Rule
    reason: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Both halves name every rule once, by code."""

    payments: list[Payment]
    refused: list[Refusal]


@dataclass(frozen=True)
class _Claim:
    """What a rule would pay before rounding and caps; parts by line number."""

    rule: Rule
    exact: Fraction
    parts: Mapping[int, Fraction]


def evaluate(rules: Iterable[Rule], bill: Bill) -> Verdict:
    """Ask every rule about one event."""
    refused: list[Refusal] = []
    met: list[tuple[Rule, Sequence[Line]]] = []
    for rule in sorted(rules, key=lambda rule: rule.code):
        lines = conditions.covered(rule.terms, bill)
        reason = conditions.refusal(rule.terms, bill, lines) or _had_before(rule, bill)
        if reason:
            refused.append(Refusal(rule=rule, reason=reason))
        else:
            met.append((rule, lines))
    base = {ledger: _base(met, ledger) for ledger in {rule.ledger for rule, _ in met}}
    payments = []
    for rule, covered in met:
        payment = _settle(_claim(rule, covered, base[rule.ledger]), bill)
        if isinstance(payment, Refusal):
            refused.append(payment)
        else:
            payments.append(payment)
    best, beaten = _best_of_groups(payments)
    refused += beaten
    return Verdict(payments=best, refused=sorted(refused, key=lambda one: one.rule.code))


def keep_share(amount: int, *, paid_fen: int, refunded_fen: int) -> int:
    """How much of a payment stays after refunds of `refunded_fen` so far; parts of a unit go back to the shop."""
    return amount * (paid_fen - refunded_fen) // paid_fen


def _had_before(rule: Rule, bill: Bill) -> str | None:
    """A number that is reached again, because an earlier purchase was given back, pays only if its payment was, too."""
    before = bill.paid_before.get(rule.code, PaidBefore())
    return "nth_purchase" if rule.terms.counts_purchases and bill.nth <= before.nth else None


def _base(met: Sequence[tuple[Rule, Sequence[Line]]], ledger: str) -> dict[int, Fraction]:
    """What the per-yuan rules of a ledger pay for each line, before rounding: what multipliers multiply."""
    base: dict[int, Fraction] = {}
    for rule, lines in met:
        if rule.ledger == ledger and rule.terms.kind == "per_yuan":
            for line in lines:
                base[line.line_no] = base.get(line.line_no, Fraction(0)) + _per_yuan(rule.terms, line)
    return base


def _per_yuan(terms: Terms, line: Line) -> Fraction:
    return Fraction(line.amount_fen * (terms.rate or 0), FEN_PER_YUAN * (terms.yuan or 1))


def _claim(rule: Rule, lines: Sequence[Line], base: Mapping[int, Fraction]) -> _Claim:
    terms = rule.terms
    if terms.kind == "fixed":
        return _Claim(rule, Fraction(terms.amount or 0), {})
    if terms.kind == "per_yuan":
        parts = {line.line_no: _per_yuan(terms, line) for line in lines}
    else:
        # The extra over what the lines earn anyway.
        extra = Fraction((terms.factor_bp or WHOLE_BP) - WHOLE_BP, WHOLE_BP)
        parts = {line.line_no: base.get(line.line_no, Fraction(0)) * extra for line in lines}
    return _Claim(rule, sum(parts.values(), Fraction(0)), parts)


def _settle(claim: _Claim, bill: Bill) -> Payment | Refusal:
    """Round down, then keep within the caps."""
    rule, rounded = claim.rule, int(claim.exact)
    if rounded == 0:
        nothing = rule.terms.kind == "multiplier" and claim.exact == 0
        return Refusal(rule=rule, reason="nothing_to_multiply" if nothing else "less_than_one")
    amount, capped_by = _within_caps(rule, rounded, bill)
    if amount == 0:
        return Refusal(rule=rule, reason=f"{capped_by}_reached")
    return Payment(rule=rule, amount=amount, detail=_explain(claim, bill, rounded=rounded, capped_by=capped_by))


def _within_caps(rule: Rule, amount: int, bill: Bill) -> tuple[int, str | None]:
    before, terms = bill.paid_before.get(rule.code, PaidBefore()), rule.terms
    rooms = (
        ("cap_per_bill", terms.cap_per_bill, 0),
        ("cap_per_day", terms.cap_per_day, before.today),
        ("cap_per_member", terms.cap_per_member, before.ever),
    )
    capped_by = None
    for name, cap, used in rooms:
        if cap is not None and amount > cap - used:
            amount, capped_by = max(0, cap - used), name
    return amount, capped_by


def _explain(claim: _Claim, bill: Bill, *, rounded: int, capped_by: str | None) -> dict[str, Any]:
    """Hundredths of a unit, so that a marketer sees what rounding dropped; whole numbers all the way."""
    terms = claim.rule.terms
    said = {key: getattr(terms, key) for key in ("rate", "yuan", "factor_bp", "amount") if getattr(terms, key)}
    return {
        "kind": terms.kind,
        **said,
        **({"nth": bill.nth} if terms.counts_purchases else {}),
        "lines": [{"line_no": number, "hundredths": int(part * 100)} for number, part in claim.parts.items()],
        "hundredths": int(claim.exact * 100),
        "rounded": rounded,
        "capped_by": capped_by,
    }


def _best_of_groups(payments: Sequence[Payment]) -> tuple[list[Payment], list[Refusal]]:
    """Of the multipliers of one group only the one that pays most counts; different groups add up."""
    best: dict[tuple[str, str], Payment] = {}
    for payment in payments:
        if payment.rule.terms.kind == "multiplier":
            key = (payment.rule.ledger, payment.rule.terms.group or "")
            # Of equals the first by code, so that the same bill is always explained the same way.
            if key not in best or payment.amount > best[key].amount:
                best[key] = payment
    kept, beaten = [], []
    for payment in payments:
        if payment.rule.terms.kind == "multiplier" and payment not in best.values():
            beaten.append(Refusal(rule=payment.rule, reason="better_in_group"))
        else:
            kept.append(payment)
    return kept, beaten
