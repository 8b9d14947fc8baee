"""Growth value and the ladder it climbs. The ladder is data; the badge is how a tier is shown."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PartKey, PublicId, Str


class Tier(Model):
    """A rung: reached at `growth_threshold`; rank 0 is where every member starts (threshold 0)."""

    __tablename__ = "tier"
    __table_args__ = (
        CheckConstraint("rank >= 0", name="rank_not_negative"),
        CheckConstraint("(rank = 0) = (growth_threshold = 0) AND growth_threshold >= 0", name="ladder_starts_at_zero"),
        CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", name="colour_hex"),
        # Checked at the commit: a new ladder may move every rung at once.
        UniqueConstraint("growth_threshold", deferrable=True, initially="DEFERRED"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Str] = mapped_column(unique=True)
    name: Mapped[Str]
    name_en: Mapped[Str]
    rank: Mapped[int] = mapped_column(unique=True)
    # In force: set by the active ladder.
    growth_threshold: Mapped[Amount]
    colour: Mapped[Str]
    # A name drawn by rules/badge_art.py: sprout, leaf, star, crown…
    emblem: Mapped[Str]


class GrowthEntry(Model):
    """One change of growth value; append-only like points, never spent."""

    __tablename__ = "growth_entry"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "id"),
        UniqueConstraint("member_id", "seq"),
        UniqueConstraint("member_id", "source"),
        ForeignKeyConstraint(["member_id", "reverses_id"], ["growth_entry.member_id", "growth_entry.id"]),
        CheckConstraint("delta <> 0", name="delta_not_zero"),
        CheckConstraint("growth_after >= 0", name="after_not_negative"),
        CheckConstraint("kind IN ('earn', 'reverse', 'merge', 'adjust')", name="kind_known"),
        CheckConstraint("(kind = 'reverse') = (reverses_id IS NOT NULL)", name="reversal_names_entry"),
        # I13: reversals of an entry never sum above it (a trigger adds them up through this index).
        Index("ix_growth_entry_reversal", "member_id", "reverses_id", postgresql_where=text("reverses_id IS NOT NULL")),
        # Growth of a qualification period.
        Index("ix_growth_entry_counts_on", "member_id", "counts_on", postgresql_include=["delta"]),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    id: Mapped[PartKey]
    seq: Mapped[Amount]
    kind: Mapped[Str]
    delta: Mapped[Amount]
    growth_after: Mapped[Amount]
    source: Mapped[Str]
    rule_version_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("earning_rule_version.id"))
    reverses_id: Mapped[int | None] = mapped_column(BigInteger)
    business_date: Mapped[date]
    # The date it counts for when growth of a period is summed: the event's; a reversal or a merge keeps the original's.
    counts_on: Mapped[date]
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]


class TierHistory(Model):
    """Which tier a member held over `[starts_at, ends_at)`: no overlap by exclusion, no gap by `flask verify` (I12)."""

    __tablename__ = "tier_history"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "id"),
        CheckConstraint("ends_at > starts_at", name="interval_forward"),
        CheckConstraint(
            "reason IN ('joined', 'growth', 'reversal', 'merge', 'review', 'ladder', 'adjust', 'erasure')",
            name="reason_known",
        ),
        ExcludeConstraint(
            ("member_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_tier_history_no_overlap",
            using="gist",
        ),
        Index("uq_tier_history_open", "member_id", unique=True, postgresql_where=text("ends_at IS NULL")),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    id: Mapped[PartKey]
    tier_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tier.id"))
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]
    reason: Mapped[Str]
