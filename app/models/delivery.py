"""A delivery: one message to one member through one channel, with its outcome."""

import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Str

DELIVERY_STATES = (
    "planned",
    "claimed",
    "dispatching",
    "sent",
    "failed",
    "in_doubt",
    "suppressed",
    "missed",
    "holdout",
)
CHANNELS = ("subscribe", "oa_template", "sms", "email")


class Delivery(Model):
    """One message to one member in one campaign occurrence: at most one, by primary key (I10)."""

    __tablename__ = "delivery"
    __table_args__ = (
        PrimaryKeyConstraint("campaign_id", "occurrence", "member_id"),
        CheckConstraint(
            f"state IN ({', '.join(repr(name) for name in DELIVERY_STATES)})",
            name="state_known",
        ),
        CheckConstraint(f"channel IN ({', '.join(repr(name) for name in CHANNELS)})", name="channel_known"),
        CheckConstraint(
            f"tried_channels <@ ARRAY[{', '.join(repr(name) for name in CHANNELS)}]", name="tried_channels_known"
        ),
        # A message goes on to another channel, never back to one that did not take it.
        CheckConstraint("channel <> ALL (tried_channels)", name="channel_tried_once"),
        CheckConstraint("benefit IN ('due', 'given', 'refused')", name="benefit_known"),
        CheckConstraint("(opened_at IS NOT NULL) <= (link_code IS NOT NULL)", name="opened_by_link"),
        CheckConstraint("(state = 'suppressed') <= (reason IS NOT NULL)", name="suppressed_has_reason"),
        CheckConstraint(
            "(state IN ('dispatching', 'sent', 'in_doubt')) <= (dispatched_at IS NOT NULL)", name="dispatched_has_time"
        ),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint(
            "(state IN ('claimed', 'dispatching')) <= (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name="claimed_has_lease",
        ),
        # Taking work: what is due in one campaign, oldest first.
        Index(
            "ix_delivery_due",
            "campaign_id",
            "due_at",
            "member_id",
            postgresql_where=text("state IN ('planned', 'claimed')"),
        ),
        # At most one open dispatch per person and template: WeChat refuses concurrent calls (43108), and its
        # sent-event names no message, so a second open one could not be told apart.
        Index(
            "uq_delivery_open_dispatch",
            "openid",
            "message_template_id",
            unique=True,
            postgresql_where=text("awaiting_event"),
        ),
        Index(
            "ix_delivery_dispatching", "dispatched_at", postgresql_where=text("state = 'dispatching' OR awaiting_event")
        ),
        # The figures of a day: messages leave roughly in the order of their rows.
        Index(
            "ix_delivery_dispatched_at",
            "dispatched_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
        ),
        Index("ix_delivery_member_id", "member_id"),
        # The link in a message leads back to its row.
        Index("uq_delivery_link_code", "link_code", unique=True, postgresql_where=text("link_code IS NOT NULL")),
        # Dead letters: what waits for a person.
        Index(
            "ix_delivery_dead",
            "campaign_id",
            "occurrence",
            "member_id",
            postgresql_where=text("state IN ('failed', 'in_doubt')"),
        ),
        # Benefits to be given, message or not.
        Index("ix_delivery_benefit_due", "campaign_id", "member_id", postgresql_where=text("benefit = 'due'")),
    )

    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("campaign.id"))
    # '0' for a one-off, the year for a birthday; what "once" means for its kind.
    occurrence: Mapped[Str]
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    state: Mapped[Str]
    reason: Mapped[Str | None]
    channel: Mapped[Str] = mapped_column(default="subscribe", server_default="subscribe")
    # Channels that certainly did not take it, for a reason of the member on that channel.
    tried_channels: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    variant: Mapped[Str | None]
    # Of WeChat's two channels; other addresses are looked up when the message leaves and kept nowhere here.
    openid: Mapped[Str | None]
    message_template_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("message_template.id"))
    due_at: Mapped[Instant]
    # A birthday wish is pointless after the day: from here on it is `missed`.
    expires_at: Mapped[Instant | None]
    claim_token: Mapped[uuid.UUID | None]
    lease_until: Mapped[Instant | None]
    # Sends that counted: throttling and a missing network do not.
    attempts: Mapped[int] = mapped_column(default=0)
    # due: still to be given · given: in a transaction of this row · refused: could not be. Empty: none was planned.
    benefit: Mapped[Str | None]
    errcode: Mapped[int | None] = mapped_column(BigInteger)
    msgid: Mapped[int | None] = mapped_column(BigInteger)
    awaiting_event: Mapped[bool] = mapped_column(default=False)
    dispatched_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
    # A person had a message in doubt sent again: once.
    resent_at: Mapped[Instant | None]
    # Random; stands in the link of the message and tells nothing about anybody.
    link_code: Mapped[Str | None]
    opened_at: Mapped[Instant | None]
