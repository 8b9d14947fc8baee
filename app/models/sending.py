"""What restrains sending besides the rate: the pace and the day's quota of an account, and breakers that stop what is refused."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Str

BREAKER_STATES = ("closed", "open", "half_open")


class ChannelPace(Model):
    """How fast one account may send now, as the platform's answers taught us. No row: at full rate."""

    __tablename__ = "channel_pace"
    __table_args__ = (
        CheckConstraint("pace_bp BETWEEN 1 AND 10000", name="pace_range"),
        CheckConstraint("(held_until IS NULL) = (hold_reason IS NULL)", name="hold_whole"),
    )

    # As the send limiter names it: "app:wx…" or a channel.
    account: Mapped[Str] = mapped_column(primary_key=True)
    # Share of the full rate at `throttled_at`; from then on it recovers with time (rules/pace.py).
    pace_bp: Mapped[int]
    throttled_at: Mapped[Instant]
    # Nothing leaves before; the next day when the day's quota is used up.
    held_until: Mapped[Instant | None]
    hold_reason: Mapped[Str | None]


class ChannelQuota(Model):
    """Messages an account may send on one of the platform's days. Taken in blocks, so that it is no hot row."""

    __tablename__ = "channel_quota"
    __table_args__ = (
        PrimaryKeyConstraint("account", "day"),
        CheckConstraint("used BETWEEN 0 AND cap", name="used_within_cap"),
    )

    account: Mapped[Str]
    # The platform's day (Asia/Shanghai), not the shop's business date.
    day: Mapped[date]
    cap: Mapped[Amount]
    # In workers' hands or sent.
    used: Mapped[Amount]


class SendBreaker(Model):
    """What happened to sends of one template or over one account: open, nothing of it leaves but a probe now and then."""

    __tablename__ = "send_breaker"
    __table_args__ = (
        PrimaryKeyConstraint("scope", "key"),
        CheckConstraint("scope IN ('template', 'account')", name="scope_known"),
        CheckConstraint(f"state IN ({', '.join(repr(state) for state in BREAKER_STATES)})", name="state_known"),
        CheckConstraint("refusals >= 0", name="refusals_not_negative"),
        CheckConstraint("failed_probes >= 0", name="failed_probes_not_negative"),
        CheckConstraint(
            "(state = 'closed') = (opened_at IS NULL) AND (state = 'closed') = (probe_at IS NULL)",
            name="open_has_times",
        ),
        Index("ix_send_breaker_open", "scope", "key", postgresql_where=text("state <> 'closed'")),
    )

    scope: Mapped[Str]
    # The message template's key, or the account.
    key: Mapped[Str]
    state: Mapped[Str]
    # Refused as written in a row, over all campaigns of the template; a success starts anew.
    refusals: Mapped[int] = mapped_column(default=0)
    failed_probes: Mapped[int] = mapped_column(default=0)
    errcode: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[Str | None]
    opened_at: Mapped[Instant | None]
    # When the next single message may try.
    probe_at: Mapped[Instant | None]
