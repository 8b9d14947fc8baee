"""Earning rules at the console: what they say, since when, and what a bill would earn by them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from app.models import EarningRuleVersion
from app.rules import earning_terms, earning_words
from app.rules.earning import Payment, Refusal, Verdict
from app.services.earning_rules import CODE, RuleVersion
from blueprints.schemas.base import Closed, Code, Instant, Out, Text
from blueprints.schemas.purchases import LineIn

Event = Literal["purchase", "check_in", "joined", "phone_bound", "anniversary"]
Ledger = Literal["points", "growth"]
RuleCode = Annotated[str, StringConstraints(pattern=f"^{CODE.pattern}$")]
TextList = Annotated[list[Text], Field(min_length=1, max_length=earning_terms.MAX_ENTRIES)]


def _within(name: str) -> Any:
    lowest, highest = earning_terms.RANGES[name]
    return Field(default=None, ge=lowest, le=highest)


def _numbers(name: str) -> Any:
    lowest, highest = earning_terms.NUMBER_LISTS[name]
    number = Annotated[int, Field(ge=lowest, le=highest)]
    return Annotated[list[number], Field(min_length=1, max_length=earning_terms.MAX_ENTRIES)]


class _Said(BaseModel):
    """What a rule may say; docs/domain/earning.md has the grammar. Left out means "any" or "no limit"."""

    kind: Literal["per_yuan", "multiplier", "fixed"]
    # per_yuan: so many units for each `yuan` yuan paid. multiplier: ×2 is 20000. fixed: so many.
    rate: int | None = _within("rate")
    yuan: int | None = _within("yuan")
    factor_bp: int | None = _within("factor_bp")
    group: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")] | None = None
    amount: int | None = _within("amount")
    stores: TextList | None = None
    channels: TextList | None = None
    categories: TextList | None = None
    skus: TextList | None = None
    tiers: TextList | None = None
    # Monday is 1.
    weekdays: _numbers("weekdays") | None = None  # type: ignore[valid-type]
    years: _numbers("years") | None = None  # type: ignore[valid-type]
    from_hour: int | None = _within("from_hour")
    until_hour: int | None = _within("until_hour")
    # "2026-12-01", or "12-01" for every year.
    from_date: Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$")] | None = None
    until_date: Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$")] | None = None
    min_items: int | None = _within("min_items")
    min_paid_fen: int | None = _within("min_paid_fen")
    nth_purchase: int | None = _within("nth_purchase")
    every_nth: int | None = _within("every_nth")
    cap_per_bill: int | None = _within("cap_per_bill")
    cap_per_day: int | None = _within("cap_per_day")
    cap_per_member: int | None = _within("cap_per_member")
    pending_days: int | None = _within("pending_days")
    # "12M", "90D@quarter", "2027-12-31", "never".
    expiry: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None


class TermsIn(_Said, Closed):
    """The terms of a version."""


class TermsOut(_Said, Out):
    """The terms of a version, and the grammar they were written in."""

    v: int


class VersionIn(Closed):
    """In force over `[starts_at, ends_at)`: at once and for good unless told otherwise."""

    name: Text
    name_en: Text
    terms: TermsIn
    starts_at: Instant | None = None
    ends_at: Instant | None = None

    def plain(self) -> dict[str, Any]:
        """As the service takes them; what was not said is not there."""
        said = self.terms.model_dump(exclude_none=True)
        return {
            "name": self.name,
            "name_en": self.name_en,
            "terms": said,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
        }


class RuleIn(VersionIn):
    """A new rule; `code`, event and ledger stay for good."""

    code: RuleCode
    event: Event
    ledger: Ledger


class StopIn(Closed):
    """Now, unless told otherwise."""

    at: Instant | None = None


class RuleOut(Out):
    """One version. `status` at the moment of asking; a version ended before it began never paid."""

    code: str
    event: Event
    ledger: Ledger
    version: int
    status: Literal["planned", "in_force", "ended"]
    name: str
    name_en: str
    words: str
    words_en: str
    terms: TermsOut
    starts_at: Instant
    ends_at: Instant | None

    @classmethod
    def of(cls, one: RuleVersion, *, now: datetime, names: earning_words.Names) -> "RuleOut":
        rule, version = one.rule, one.version
        terms = earning_terms.read(version.terms)
        words = earning_words.sentence(terms, event=rule.event, ledger=rule.ledger, names=names)
        return cls.model_validate(
            {
                "code": rule.code,
                "event": rule.event,
                "ledger": rule.ledger,
                "version": version.version,
                "status": _status(version, now=now),
                "name": version.name,
                "name_en": version.name_en,
                "words": words.zh,
                "words_en": words.en,
                "terms": version.terms,
                "starts_at": version.starts_at,
                "ends_at": version.ends_at,
            }
        )


class RuleList(Out):
    """Rules are few: all of them at once."""

    data: list[RuleOut]


class TrialIn(Closed):
    """A bill to try: lines after their discounts, and by whom, where and when it would be paid."""

    lines: Annotated[list[LineIn], Field(min_length=1, max_length=200)]
    occurred_at: Instant | None = None
    # "store" for a counter, else a partner's channel.
    channel: Code = "store"
    store_code: Code | None = None
    tier_code: Code | None = None
    # Which purchase of the member it would be.
    nth_purchase: Annotated[int, Field(ge=1, le=100_000)] = 1


class TrialLineOut(Out):
    """A line's part in hundredths of a unit, before rounding."""

    line_no: int
    hundredths: int


class TrialPaymentOut(Out):
    """What a rule would pay: `hundredths` before rounding, `rounded` after it, `amount` after the cap that held, if any."""

    code: str
    version: int
    name: str
    name_en: str
    ledger: Ledger
    kind: str
    amount: int
    hundredths: int
    rounded: int
    capped_by: str | None
    lines: list[TrialLineOut]

    @classmethod
    def of(cls, payment: Payment) -> "TrialPaymentOut":
        rule, detail = payment.rule, payment.detail
        return cls(
            code=rule.code,
            version=rule.version,
            name=rule.name,
            name_en=rule.name_en,
            ledger=rule.ledger,
            kind=detail["kind"],
            amount=payment.amount,
            hundredths=detail["hundredths"],
            rounded=detail["rounded"],
            capped_by=detail["capped_by"],
            lines=[TrialLineOut(**line) for line in detail["lines"]],
        )


class TrialRefusalOut(Out):
    """Why a rule would pay nothing, in one word of docs/domain/earning.md."""

    code: str
    version: int
    name: str
    name_en: str
    ledger: Ledger
    reason: str

    @classmethod
    def of(cls, refusal: Refusal) -> "TrialRefusalOut":
        rule = refusal.rule
        return cls(
            code=rule.code,
            version=rule.version,
            name=rule.name,
            name_en=rule.name_en,
            ledger=rule.ledger,
            reason=refusal.reason,
        )


class TrialOut(Out):
    """Every rule in force for purchases is in one of the lists. Each rounds once over the whole bill, down."""

    points: int
    growth: int
    rounding: Literal["down_once_per_rule"] = "down_once_per_rule"
    payments: list[TrialPaymentOut]
    refused: list[TrialRefusalOut]

    @classmethod
    def of(cls, verdict: Verdict) -> "TrialOut":
        def total(ledger: str) -> int:
            return sum(one.amount for one in verdict.payments if one.rule.ledger == ledger)

        return cls(
            points=total("points"),
            growth=total("growth"),
            payments=[TrialPaymentOut.of(one) for one in verdict.payments],
            refused=[TrialRefusalOut.of(one) for one in verdict.refused],
        )


def _status(version: EarningRuleVersion, *, now: datetime) -> str:
    if version.ends_at is not None and version.ends_at <= max(now, version.starts_at):
        return "ended"
    return "planned" if version.starts_at > now else "in_force"
