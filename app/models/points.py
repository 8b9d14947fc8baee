"""The points ledger: append-only entries naming both accounts, lots with their expiry, and which lots an entry took.

I1 entries = balance = open lots · I2 the ledger sums to zero by construction · I4 one event credits once · I13 undone once.
"""

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, PartKey, PublicId, Str

# Where points come from and go to. `member` is the spendable balance, `owed` the debt; the others are the shop's.
ACCOUNTS = ("member", "owed", "issue", "spend", "expire", "adjust", "merge")
_ACCOUNT_LIST = ", ".join(f"'{name}'" for name in ACCOUNTS)


class PointsEntry(Model):
    """One change. Never updated or deleted: the database refuses it."""

    __tablename__ = "points_entry"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "id"),
        UniqueConstraint("member_id", "seq"),
        # I4: the same business event, however often it is reported, makes one entry.
        UniqueConstraint("member_id", "source"),
        ForeignKeyConstraint(["member_id", "reverses_id"], ["points_entry.member_id", "points_entry.id"]),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(f"from_account IN ({_ACCOUNT_LIST})", name="from_account_known"),
        CheckConstraint(f"to_account IN ({_ACCOUNT_LIST})", name="to_account_known"),
        CheckConstraint("from_account <> to_account", name="two_accounts"),
        CheckConstraint(
            "'member' IN (from_account, to_account) OR 'owed' IN (from_account, to_account)", name="touches_member"
        ),
        CheckConstraint("balance_after >= 0 AND owed_after >= 0", name="after_not_negative"),
        CheckConstraint(
            "kind IN ('earn', 'spend', 'expire', 'adjust', 'reverse', 'settle', 'merge')", name="kind_known"
        ),
        CheckConstraint("(kind = 'reverse') = (reverses_id IS NOT NULL)", name="reversal_names_entry"),
        # I13: reversals of an entry never sum above it (a trigger adds them up through this index).
        # The figures of a day: rows come in the order of their dates, so the index is some pages however long the ledger.
        Index(
            "ix_points_entry_business_date",
            "business_date",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
        ),
        Index("ix_points_entry_reversal", "member_id", "reverses_id", postgresql_where=text("reverses_id IS NOT NULL")),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    id: Mapped[PartKey]
    seq: Mapped[Amount]
    kind: Mapped[Str]
    from_account: Mapped[Str]
    to_account: Mapped[Str]
    amount: Mapped[Amount]
    # The change of the spendable balance, so that sums need no CASE.
    delta: Mapped[Amount] = mapped_column(
        Computed(
            "CASE WHEN to_account = 'member' THEN amount WHEN from_account = 'member' THEN -amount ELSE 0 END",
            persisted=True,
        )
    )
    balance_after: Mapped[Amount]
    owed_after: Mapped[Amount]
    source: Mapped[Str]
    # The rule and version that paid it; empty for what no earning rule decided.
    rule_version_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("earning_rule_version.id"))
    reverses_id: Mapped[int | None] = mapped_column(BigInteger)
    business_date: Mapped[date]
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]


class PointsLot(Model):
    """Points of one entry sharing one expiry. Open while `remaining > 0`; pending until `available_at`.

    `root_*` names the entry that first earned them when a merge brought the lot here: an undo finds its points again.
    """

    __tablename__ = "points_lot"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "id"),
        # A lot belongs to an entry of the same member; one lot per expiry of an entry.
        ForeignKeyConstraint(["member_id", "entry_id"], ["points_entry.member_id", "points_entry.id"]),
        CheckConstraint("granted > 0", name="granted_positive"),
        ForeignKeyConstraint(["root_member_id", "root_entry_id"], ["points_entry.member_id", "points_entry.id"]),
        CheckConstraint("remaining BETWEEN 0 AND granted", name="remaining_in_range"),
        # A held point can neither be spent nor taken: it is promised.
        CheckConstraint("held BETWEEN 0 AND remaining", name="held_in_range"),
        CheckConstraint("available_at < expires_at", name="available_before_expiry"),
        CheckConstraint("(root_member_id IS NULL) = (root_entry_id IS NULL)", name="root_whole"),
        # Spend soonest-expiring first.
        Index("ix_points_lot_open", "member_id", "expires_at", "id", postgresql_where=text("remaining > 0")),
        # The expiry tick: cost follows the due lots.
        Index(
            "ix_points_lot_due",
            "expires_at",
            "member_id",
            postgresql_where=text("remaining > 0 AND expires_at IS NOT NULL"),
        ),
        Index("ix_points_lot_entry", "member_id", "entry_id"),
        Index(
            "ix_points_lot_root",
            "root_member_id",
            "root_entry_id",
            postgresql_where=text("root_entry_id IS NOT NULL"),
        ),
    )

    member_id: Mapped[int] = mapped_column(BigInteger)
    id: Mapped[PartKey]
    entry_id: Mapped[int] = mapped_column(BigInteger)
    granted: Mapped[Amount]
    remaining: Mapped[Amount]
    held: Mapped[Amount] = mapped_column(default=0, server_default="0")
    earned_at: Mapped[Instant]
    # Empty: at once.
    available_at: Mapped[Instant | None]
    expires_at: Mapped[Instant | None]
    root_member_id: Mapped[int | None] = mapped_column(BigInteger)
    root_entry_id: Mapped[int | None] = mapped_column(BigInteger)


class PointsLotUse(Model):
    """How much an outgoing entry took from a lot; a reversal of the entry gives exactly this back, with its expiry."""

    __tablename__ = "points_lot_use"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "entry_id", "lot_id"),
        ForeignKeyConstraint(["member_id", "entry_id"], ["points_entry.member_id", "points_entry.id"]),
        ForeignKeyConstraint(["member_id", "lot_id"], ["points_lot.member_id", "points_lot.id"]),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_points_lot_use_lot", "member_id", "lot_id"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger)
    entry_id: Mapped[int] = mapped_column(BigInteger)
    lot_id: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[Amount]


class PointsHold(Model):
    """Points promised to one bill until `expires_at`: captured or released once, given back when the time is over.

    A hold books nothing. It marks lots as held, so that what was promised cannot be spent or run out meanwhile.
    """

    __tablename__ = "points_hold"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "id"),
        UniqueConstraint("member_id", "source"),
        ForeignKeyConstraint(["member_id", "entry_id"], ["points_entry.member_id", "points_entry.id"]),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("expires_at > created_at", name="interval_forward"),
        CheckConstraint("state IN ('held', 'captured', 'released', 'expired')", name="state_known"),
        CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("(state = 'captured') = (entry_id IS NOT NULL)", name="captured_has_entry"),
        Index("ix_points_hold_open", "member_id", postgresql_where=text("state = 'held'")),
        # The tick that gives forgotten holds back.
        Index("ix_points_hold_due", "expires_at", "member_id", postgresql_where=text("state = 'held'")),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    id: Mapped[PartKey]
    public_id: Mapped[PublicId]
    amount: Mapped[Amount]
    source: Mapped[Str]
    state: Mapped[Str] = mapped_column(default="held")
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    entry_id: Mapped[int | None] = mapped_column(BigInteger)


class PointsHoldLot(Model):
    """How much of a lot a hold has promised; the sum over open holds is the lot's `held`."""

    __tablename__ = "points_hold_lot"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "hold_id", "lot_id"),
        ForeignKeyConstraint(["member_id", "hold_id"], ["points_hold.member_id", "points_hold.id"]),
        ForeignKeyConstraint(["member_id", "lot_id"], ["points_lot.member_id", "points_lot.id"]),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_points_hold_lot_lot", "member_id", "lot_id"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger)
    hold_id: Mapped[int] = mapped_column(BigInteger)
    lot_id: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[Amount]
