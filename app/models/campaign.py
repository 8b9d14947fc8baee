"""A marketer's plan of messages and benefits, and each delivery it leads to with its outcome."""

import uuid
from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str

CAMPAIGN_STATES = ("draft", "scheduled", "expanding", "running", "paused", "done", "cancelled", "missed")
DELIVERY_STATES = ("planned", "claimed", "dispatching", "sent", "failed", "in_doubt", "suppressed", "missed")


class Campaign(Model):
    """One-off (everyone or some tiers, at a set time) or automation (fires by each member's birthday)."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("kind IN ('one_off', 'birthday')", name="kind_known"),
        CheckConstraint(
            "state IN ('draft', 'scheduled', 'expanding', 'running', 'paused', 'done', 'cancelled', 'missed')",
            name="state_known",
        ),
        CheckConstraint(
            "(kind = 'one_off') OR (scheduled_at IS NULL AND days_before IS NOT NULL)", name="birthday_shape"
        ),
        CheckConstraint(
            "state IN ('draft', 'cancelled') OR kind <> 'one_off' OR scheduled_at IS NOT NULL",
            name="scheduled_has_time",
        ),
        CheckConstraint("latest_start_at > scheduled_at", name="latest_after_scheduled"),
        CheckConstraint("days_before BETWEEN 0 AND 60", name="days_before_range"),
        CheckConstraint("sends_per_second > 0", name="sends_per_second_positive"),
        CheckConstraint("(state = 'paused') = (paused_from IS NOT NULL)", name="paused_from_somewhere"),
        CheckConstraint("refusals_in_a_row >= 0", name="refusals_not_negative"),
        # The tick that starts due campaigns.
        Index("ix_campaign_due", "scheduled_at", postgresql_where=text("state = 'scheduled'")),
        Index("ix_campaign_live", "id", postgresql_where=text("state IN ('expanding', 'running')")),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Str]
    kind: Mapped[Str]
    state: Mapped[Str] = mapped_column(default="draft")
    # Where `resume` goes back to.
    paused_from: Mapped[Str | None]
    # Why it paused itself: the errcode that trips the breaker. NULL when a person paused it.
    pause_reason: Mapped[Str | None]
    # Members in a row whose message WeChat refused as written; at the limit the campaign pauses itself.
    refusals_in_a_row: Mapped[int] = mapped_column(default=0)
    # WeChat asked us to slow down: nothing of this campaign is claimed before.
    hold_until: Mapped[Instant | None]
    message_template_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("message_template.id"))
    # {"thing1": "生日快乐"}: values with {nickname}, {date}… filled per member by rules/message_fields.py.
    field_values: Mapped[dict[str, str]] = mapped_column(JSONB)
    # Empty: everyone.
    tier_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    # The gift that comes along, message or not.
    coupon_batch_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("coupon_batch.id"))
    scheduled_at: Mapped[Instant | None]
    # Later than this it is `missed` and waits for a person.
    latest_start_at: Mapped[Instant | None]
    days_before: Mapped[int | None]
    # Birthday: the last business date whose birthdays are planned.
    planned_through: Mapped[date | None]
    sends_per_second: Mapped[int | None]
    # Expansion cursor: members up to this id are planned; expansion stops at the highest id when it began.
    cursor_member_id: Mapped[Amount] = mapped_column(default=0)
    max_member_id: Mapped[int | None] = mapped_column(BigInteger)
    created_by_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]


class Delivery(Model):
    """One message to one member in one campaign occurrence: at most one, by primary key (I10)."""

    __tablename__ = "delivery"
    __table_args__ = (
        PrimaryKeyConstraint("campaign_id", "occurrence", "member_id"),
        CheckConstraint(
            "state IN ('planned', 'claimed', 'dispatching', 'sent', 'failed', 'in_doubt', 'suppressed', 'missed')",
            name="state_known",
        ),
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
        Index("ix_delivery_member_id", "member_id"),
    )

    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("campaign.id"))
    # '0' for a one-off, the year for a birthday.
    occurrence: Mapped[Str]
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    state: Mapped[Str]
    reason: Mapped[Str | None]
    openid: Mapped[Str | None]
    message_template_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("message_template.id"))
    due_at: Mapped[Instant]
    # A birthday wish is pointless after the day: from here on it is `missed`.
    expires_at: Mapped[Instant | None]
    claim_token: Mapped[uuid.UUID | None]
    lease_until: Mapped[Instant | None]
    # Sends that counted: throttling and a missing network do not.
    attempts: Mapped[int] = mapped_column(default=0)
    # The birthday coupon was given in this row's own transaction.
    is_gift_issued: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    errcode: Mapped[int | None] = mapped_column(BigInteger)
    msgid: Mapped[int | None] = mapped_column(BigInteger)
    awaiting_event: Mapped[bool] = mapped_column(default=False)
    dispatched_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
