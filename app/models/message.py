"""What may be said (message templates) and to whom (subscription grants, learned one accept at a time)."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Key, PublicId, Str


class MessageTopic(Model):
    """What a message is about: what a member may switch off, how often it may come, and by which channels in turn."""

    __tablename__ = "message_topic"
    __table_args__ = (
        CheckConstraint("cool_off_days BETWEEN 0 AND 365", name="cool_off_range"),
        CheckConstraint(
            "cardinality(channels) > 0 AND channels <@ ARRAY['subscribe', 'oa_template', 'sms', 'email']",
            name="channels_known",
        ),
        # Nobody may be made to take advertisements.
        CheckConstraint("NOT (is_marketing AND is_required)", name="marketing_can_be_refused"),
        # WeChat forbids marketing in an official account's template messages.
        CheckConstraint("NOT (is_marketing AND 'oa_template' = ANY (channels))", name="official_for_service"),
    )

    code: Mapped[Str] = mapped_column(primary_key=True)
    name: Mapped[Str]
    name_en: Mapped[Str]
    # Needs marketing consent, counts against the caps, keeps quiet hours.
    is_marketing: Mapped[bool]
    # What the shop owes the member to tell: the preference centre shows it locked.
    is_required: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # A member gets no second automatic message of the topic within so many days.
    cool_off_days: Mapped[int] = mapped_column(default=0, server_default="0")
    # The first that reaches the member is used; never two for one message.
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text), default=lambda: ["subscribe"])
    updated_at: Mapped[Instant]


class MessagePreference(Model):
    """A member's own switch for a topic on a channel. No row: on."""

    __tablename__ = "message_preference"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "topic", "channel"),
        CheckConstraint("channel IN ('subscribe', 'oa_template', 'sms', 'email')", name="channel_known"),
        CheckConstraint("changed_by IN ('member', 'staff', 'channel')", name="changed_by_known"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    topic: Mapped[Str] = mapped_column(ForeignKey("message_topic.code"))
    channel: Mapped[Str]
    is_on: Mapped[bool]
    changed_by: Mapped[Str]
    changed_at: Mapped[Instant]


class TopicTouch(Model):
    """The last automatic message of a topic to a member: it begins the topic's rest (`cool_off_days`)."""

    __tablename__ = "topic_touch"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "topic"),
        CheckConstraint("previous_on <= touched_on", name="previous_before"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    topic: Mapped[Str] = mapped_column(ForeignKey("message_topic.code"))
    # The shop's business date on which it left.
    touched_on: Mapped[date]
    # The one before: true again, should this one certainly not have arrived.
    previous_on: Mapped[date | None]
    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("campaign.id"))
    occurrence: Mapped[Str]


class MessageTemplate(Model):
    """A WeChat subscribe-message template as the shop uses it: its id, its typed fields, its topic."""

    __tablename__ = "message_template"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Str] = mapped_column(unique=True)
    wechat_template_id: Mapped[Str] = mapped_column(unique=True)
    title: Mapped[Str]
    topic: Mapped[Str] = mapped_column(ForeignKey("message_topic.code"))
    # {"thing1": "活动名称"}: the key's letters are WeChat's field type; rules/message_fields.py checks it.
    fields: Mapped[dict[str, str]] = mapped_column(JSONB)
    # {"enum_string2": ["堂食", "外带"]}: the only values WeChat takes for an enum field.
    enums: Mapped[dict[str, list[str]]] = mapped_column(JSONB, default=dict)
    page: Mapped[Str] = mapped_column(default="pages/home/index")
    is_enabled: Mapped[bool] = mapped_column(default=True)


class SubscriptionGrant(Model):
    """How many messages of a template a member may still get: accepts minus sends, never negative (I11)."""

    __tablename__ = "subscription_grant"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "message_template_id"),
        CheckConstraint("remaining >= 0", name="remaining_not_negative"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    message_template_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("message_template.id"))
    remaining: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[Instant]


class SubscriptionGrantEntry(Model):
    """Append-only history of a grant: Σ delta = remaining. `source` makes replays of one event harmless."""

    __tablename__ = "subscription_grant_entry"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('event', 'client', 'sent', 'returned', 'refused', 'switched_off', 'merge')", name="kind_known"
        ),
        CheckConstraint(
            "CASE kind WHEN 'sent' THEN delta = -1 WHEN 'returned' THEN delta = 1 WHEN 'merge' THEN delta <> 0 "
            "WHEN 'event' THEN delta IN (0, 1) WHEN 'client' THEN delta IN (0, 1) ELSE delta <= 0 END",
            name="delta_fits_kind",
        ),
        # One tap counts once: whoever comes second adds nothing.
        CheckConstraint("matches_id IS NULL OR delta = 0", name="match_adds_nothing"),
        UniqueConstraint("member_id", "message_template_id", "source"),
        # Matching a client's report with WeChat's own event for the same tap.
        Index("ix_subscription_grant_entry_recent", "member_id", "message_template_id", "recorded_at"),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    message_template_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("message_template.id"))
    kind: Mapped[Str]
    delta: Mapped[int]
    source: Mapped[Str]
    # A client's report and WeChat's event of one tap count once: the second names the first here.
    matches_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("subscription_grant_entry.id"), unique=True)
    recorded_at: Mapped[Instant]


class SubscriptionScene(Model):
    """A moment of the mini-program at which a template may be asked for; a scene without rows asks for nothing."""

    __tablename__ = "subscription_scene"
    __table_args__ = (
        PrimaryKeyConstraint("scene", "message_template_id"),
        CheckConstraint("scene ~ '^[a-z][a-z0-9_]{0,31}$'", name="scene_shape"),
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight_range"),
    )

    # The client's own word: "after_claim", "home".
    scene: Mapped[Str]
    message_template_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("message_template.id"))
    # Of two templates the member has as few of, the heavier is asked for.
    weight: Mapped[int] = mapped_column(default=10, server_default="10")


class FrequencyCounter(Model):
    """Marketing messages to a member in one business day, week or month; the CHECK is the cap (I11)."""

    __tablename__ = "frequency_counter"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "period", "starts_on"),
        CheckConstraint("period IN ('day', 'week', 'month')", name="period_known"),
        CheckConstraint("sent BETWEEN 0 AND cap", name="sent_within_cap"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    period: Mapped[Str]
    # ISO date of the day, of the week's Monday, of the first of the month.
    starts_on: Mapped[Str]
    sent: Mapped[int]
    cap: Mapped[int]
