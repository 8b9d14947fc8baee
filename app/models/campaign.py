"""A marketer's plan of messages and benefits: when, to whom, what, in which variants, and each time it ran."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Json, Key, PublicId, Str

# To an audience at an instant: once, again and again, before a festival, to the shop's own people for a look.
BROADCASTS = ("one_off", "recurring", "festival", "test")
# To each member by a date or an event of their own.
AUTOMATIONS = (
    "birthday",
    "anniversary",
    "welcome",
    "lapse",
    "after_purchase",
    "coupon_will_expire",
    "points_will_expire",
    "tier_will_drop",
    "tier_up",
    "tier_down",
)
CAMPAIGN_KINDS = BROADCASTS + AUTOMATIONS
CAMPAIGN_STATES = (
    "draft",
    "in_review",
    "approved",
    "scheduled",
    "expanding",
    "running",
    "paused",
    "done",
    "cancelled",
    "missed",
)
RUN_STATES = ("expanding", "running", "done", "missed", "skipped", "cancelled")


def _in(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


class Campaign(Model):
    """What is sent, to whom and when. `kind` says what makes it fire; `campaign_run` counts the times it did."""

    __tablename__ = "campaign"
    __table_args__ = (
        ForeignKeyConstraint(
            ["segment_id", "segment_version"],
            ["segment_version.segment_id", "segment_version.version"],
            name="fk_campaign_segment_segment_version",
        ),
        CheckConstraint(_in("kind", CAMPAIGN_KINDS), name="kind_known"),
        CheckConstraint(_in("state", CAMPAIGN_STATES), name="state_known"),
        CheckConstraint("scheduled_at IS NULL OR kind IN ('one_off', 'test')", name="scheduled_kinds"),
        CheckConstraint(
            "state IN ('draft', 'in_review', 'approved', 'cancelled') OR kind <> 'one_off' OR scheduled_at IS NOT NULL",
            name="scheduled_has_time",
        ),
        CheckConstraint("latest_start_at > scheduled_at", name="latest_after_scheduled"),
        CheckConstraint(
            "(kind IN ('birthday', 'anniversary', 'festival')) = (days_before IS NOT NULL)", name="days_before_kinds"
        ),
        CheckConstraint("days_before BETWEEN 0 AND 60", name="days_before_range"),
        CheckConstraint(
            "(kind IN ('welcome', 'lapse', 'after_purchase')) = (days_after IS NOT NULL)", name="days_after_kinds"
        ),
        CheckConstraint("days_after BETWEEN 0 AND 730", name="days_after_range"),
        CheckConstraint("(kind = 'festival') = (festival IS NOT NULL)", name="festival_kinds"),
        CheckConstraint("(kind = 'recurring') = (repeat IS NOT NULL)", name="repeat_kinds"),
        CheckConstraint("(segment_id IS NULL) = (segment_version IS NULL)", name="segment_whole"),
        CheckConstraint("send_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'", name="send_time_shape"),
        CheckConstraint("kind NOT IN ('recurring', 'festival') OR send_time IS NOT NULL", name="repeating_has_time"),
        CheckConstraint("ends_on IS NULL OR kind IN ('recurring', 'festival')", name="ends_on_kinds"),
        CheckConstraint("next_run_at IS NULL OR kind IN ('recurring', 'festival')", name="next_run_kinds"),
        CheckConstraint("max_late_minutes BETWEEN 1 AND 1440", name="max_late_range"),
        CheckConstraint("sends_per_second > 0", name="sends_per_second_positive"),
        CheckConstraint("priority BETWEEN 1 AND 9", name="priority_range"),
        CheckConstraint("holdout_bp BETWEEN 0 AND 5000", name="holdout_range"),
        CheckConstraint("points_gift > 0", name="points_gift_positive"),
        CheckConstraint("benefit_for IN ('reached', 'everyone')", name="benefit_for_known"),
        # A second person, where the shop asks for one.
        CheckConstraint("approved_by_id <> submitted_by_id", name="approved_by_another"),
        CheckConstraint("approved_by_id <> created_by_id", name="approved_by_no_writer"),
        CheckConstraint("(submitted_by_id IS NULL) = (submitted_at IS NULL)", name="submitted_by_somebody"),
        CheckConstraint("state <> 'in_review' OR submitted_by_id IS NOT NULL", name="review_has_author"),
        CheckConstraint("state <> 'approved' OR approved_by_id IS NOT NULL", name="approval_has_author"),
        CheckConstraint("(state = 'paused') = (paused_from IS NOT NULL)", name="paused_from_somewhere"),
        CheckConstraint("refusals_in_a_row >= 0", name="refusals_not_negative"),
        # The tick that starts due campaigns.
        Index("ix_campaign_due", "scheduled_at", postgresql_where=text("state = 'scheduled'")),
        Index("ix_campaign_live", "id", postgresql_where=text("state IN ('expanding', 'running')")),
        # The tests and clones of a campaign.
        Index("ix_campaign_parent_id", "parent_id", "id", postgresql_where=text("parent_id IS NOT NULL")),
        # The tick that begins the next run of what repeats.
        Index("ix_campaign_next_run_at", "next_run_at", postgresql_where=text("state = 'running'")),
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
    # With variants: what applies where a variant says nothing of its own.
    field_values: Mapped[dict[str, str]] = mapped_column(JSONB)
    # The page a message opens instead of the template's.
    page: Mapped[Str | None]
    # The audience: all that is said must hold. Empty: everyone.
    tier_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    segment_id: Mapped[int | None] = mapped_column(BigInteger)
    segment_version: Mapped[int | None]
    member_list_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("member_list.id"))
    # Of every 10,000 members, how many are left out to measure the effect.
    holdout_bp: Mapped[int] = mapped_column(default=0, server_default="0")
    # The benefit: a coupon, points or both, once per occurrence.
    coupon_batch_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("coupon_batch.id"))
    points_gift: Mapped[int | None] = mapped_column(BigInteger)
    # reached: whoever is sent the message · everyone: also those who cannot be (never the holdout).
    benefit_for: Mapped[Str] = mapped_column(default="everyone", server_default="everyone")
    scheduled_at: Mapped[Instant | None]
    # Later than this it is `missed` and waits for a person.
    latest_start_at: Mapped[Instant | None]
    # birthday, anniversary, festival: so many days before the date.
    days_before: Mapped[int | None]
    # welcome, lapse, after_purchase: so many days after it.
    days_after: Mapped[int | None]
    # A code of rules/festivals.py.
    festival: Mapped[Str | None]
    # recurring: {"every": "week", "on": [1, 5]}; rules/recurrence.py has the grammar.
    repeat: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    # What must hold of the event besides (rules/automation_conditions.py).
    conditions: Mapped[Json] = mapped_column(JSONB, default=dict, server_default="{}")
    # "HH:MM" on the wall clock: of what repeats, and of automations by date. Empty: as soon as quiet hours allow.
    send_time: Mapped[Str | None]
    # On each member's own wall clock instead of the shop's.
    is_member_time: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # Dates of members' own: the last business date that is planned.
    planned_through: Mapped[date | None]
    # What just happened to members: all of it before this instant is planned.
    planned_until: Mapped[Instant | None]
    # What repeats: when the next run begins; empty when there is none any more.
    next_run_at: Mapped[Instant | None]
    # What repeats: the last date it may have.
    ends_on: Mapped[date | None]
    # What repeats, and clocks of members' own: so long after its time it is too late.
    max_late_minutes: Mapped[int] = mapped_column(default=240, server_default="240")
    sends_per_second: Mapped[int | None]
    # Share of the account's rate when several send at once: 1 lowest, 9 highest.
    priority: Mapped[int] = mapped_column(default=5, server_default="5")
    # What it was cloned from, or is a test of.
    parent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("campaign.id"))
    created_by_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]
    submitted_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    submitted_at: Mapped[Instant | None]
    approved_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    approved_at: Mapped[Instant | None]
    # What the second person wants changed.
    review_note: Mapped[Str | None]
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]


class CampaignVariant(Model):
    """One text of several: members are spread over the variants by a stable hash, in these shares."""

    __tablename__ = "campaign_variant"
    __table_args__ = (
        PrimaryKeyConstraint("campaign_id", "code"),
        CheckConstraint("code ~ '^[A-H]$'", name="code_shape"),
        CheckConstraint("share_bp BETWEEN 1 AND 10000", name="share_range"),
    )

    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("campaign.id"))
    code: Mapped[Str]
    share_bp: Mapped[int]
    field_values: Mapped[dict[str, str]] = mapped_column(JSONB)
    page: Mapped[Str | None]


class CampaignRun(Model):
    """One time that a broadcast goes out: its own audience, cursor and lateness. At most one per occurrence (I10)."""

    __tablename__ = "campaign_run"
    __table_args__ = (
        PrimaryKeyConstraint("campaign_id", "occurrence"),
        CheckConstraint(_in("state", RUN_STATES), name="state_known"),
        CheckConstraint("latest_start_at > due_at", name="latest_after_due"),
        CheckConstraint("cursor_member_id <= max_member_id", name="cursor_within"),
        CheckConstraint("targeted >= 0", name="targeted_not_negative"),
        CheckConstraint(
            "(state IN ('expanding', 'running', 'missed')) = (finished_at IS NULL)", name="finished_has_time"
        ),
        # The calendar.
        Index("ix_campaign_run_due_at", "due_at"),
        Index(
            "ix_campaign_run_live", "state", "campaign_id", postgresql_where=text("state IN ('expanding', 'running')")
        ),
    )

    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("campaign.id"))
    # '0' for a one-off, the local date of a recurrence ('2026-12-01'), the festival's date.
    occurrence: Mapped[Str]
    state: Mapped[Str]
    due_at: Mapped[Instant]
    latest_start_at: Mapped[Instant]
    # Members up to this id are planned; expansion stops at the highest id when it began.
    cursor_member_id: Mapped[Amount] = mapped_column(default=0)
    max_member_id: Mapped[Amount]
    # Rows written, the holdout and those who cannot be reached among them.
    targeted: Mapped[Amount] = mapped_column(default=0)
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
