"""Earning rules as data: who earns what for which event, in numbered versions that never change once they paid.

I4: one event pays a rule once. What a rule paid stays explained line by line in `earning.detail`.
"""

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Json, Key, PartKey, PublicId, Str

# What can pay: a bill, a check-in, joining, proving a phone, a year of membership.
EVENTS = ("purchase", "check_in", "joined", "phone_bound", "anniversary")


class EarningRule(Model):
    """A rule by its code; what it says is in its versions."""

    __tablename__ = "earning_rule"
    __table_args__ = (
        CheckConstraint(f"event IN ({', '.join(repr(name) for name in EVENTS)})", name="event_known"),
        CheckConstraint("ledger IN ('points', 'growth')", name="ledger_known"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Str] = mapped_column(unique=True)
    event: Mapped[Str]
    ledger: Mapped[Str]
    created_at: Mapped[Instant]


class EarningRuleVersion(Model):
    """What a rule says over `[starts_at, ends_at)`: no two versions of a rule at once. Only its end may still be set."""

    __tablename__ = "earning_rule_version"
    __table_args__ = (
        UniqueConstraint("rule_id", "version"),
        CheckConstraint("version > 0", name="version_positive"),
        # A version ended before it began says nothing: equal ends make an empty interval.
        CheckConstraint("ends_at >= starts_at", name="interval_forward"),
        ExcludeConstraint(
            ("rule_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_earning_rule_version_no_overlap",
            using="gist",
        ),
    )

    id: Mapped[Key]
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("earning_rule.id"))
    version: Mapped[int]
    name: Mapped[Str]
    name_en: Mapped[Str]
    # rules/earning.py reads it: kind, rate, factor, conditions, caps, pending days, expiry.
    terms: Mapped[Json] = mapped_column(JSONB)
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]


class Earning(Model):
    """What one rule paid one member for one event, and how much of it refunds took back."""

    __tablename__ = "earning"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "id"),
        # I4: the event pays the rule once.
        UniqueConstraint("member_id", "rule_id", "source"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("taken_back BETWEEN 0 AND amount", name="taken_back_in_range"),
        # A purchase's payments, for its refunds.
        Index("ix_earning_source", "source"),
        # Caps per day and per member: what the rule has paid so far.
        Index("ix_earning_member_id_rule_id_business_date", "member_id", "rule_id", "business_date"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    id: Mapped[PartKey]
    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("earning_rule.id"))
    rule_version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("earning_rule_version.id"))
    # "purchase:12", "check_in:2026-11-22", "joined", "anniversary:3"; the ledger entry's is "<source>:<rule code>".
    source: Mapped[Str]
    # Points or growth, as the rule's ledger says.
    amount: Mapped[Amount]
    taken_back: Mapped[Amount] = mapped_column(default=0, server_default="0")
    business_date: Mapped[date]
    # Why, line by line: what the dry run would have said.
    detail: Mapped[Json] = mapped_column(JSONB)
