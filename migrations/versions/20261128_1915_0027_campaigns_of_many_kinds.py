"""Segments, topics and preferences; campaigns that repeat, fire by themselves, are reviewed, vary and hold people out.

One schema for all of it, because a campaign names a segment's version, a delivery its variant, and a template its topic.
Rows there are keep their meaning: a birthday campaign gives its gift to everyone, a one-off is what it was.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None

KINDS = (
    "'one_off', 'recurring', 'festival', 'test', 'birthday', 'anniversary', 'welcome', 'lapse', 'after_purchase', "
    "'coupon_will_expire', 'points_will_expire', 'tier_will_drop', 'tier_up', 'tier_down'"
)
CAMPAIGN_STATES = (
    "'draft', 'in_review', 'approved', 'scheduled', 'expanding', 'running', 'paused', 'done', 'cancelled', 'missed'"
)
DELIVERY_STATES = "'planned', 'claimed', 'dispatching', 'sent', 'failed', 'in_doubt', 'suppressed', 'missed', 'holdout'"
CHANNELS = "'subscribe', 'oa_template', 'sms', 'email'"

# code, name, English name, marketing, days of cool-off
TOPICS = (
    ("birthday", "生日", "Birthday", True, 0),
    ("promotion", "优惠活动", "Promotions", True, 0),
    ("service", "服务通知", "Service", False, 0),
    ("points", "积分提醒", "Points", False, 7),
    ("coupon", "优惠券提醒", "Coupons", False, 2),
    ("tier", "等级提醒", "Tier", False, 7),
)

CAMPAIGN_CHECKS = {
    "kind_known": f"kind IN ({KINDS})",
    "state_known": f"state IN ({CAMPAIGN_STATES})",
    "scheduled_kinds": "scheduled_at IS NULL OR kind IN ('one_off', 'test')",
    "scheduled_has_time": (
        "state IN ('draft', 'in_review', 'approved', 'cancelled') OR kind <> 'one_off' OR scheduled_at IS NOT NULL"
    ),
    "days_before_kinds": "(kind IN ('birthday', 'anniversary', 'festival')) = (days_before IS NOT NULL)",
    "days_after_kinds": "(kind IN ('welcome', 'lapse', 'after_purchase')) = (days_after IS NOT NULL)",
    "days_after_range": "days_after BETWEEN 0 AND 730",
    "festival_kinds": "(kind = 'festival') = (festival IS NOT NULL)",
    "repeat_kinds": "(kind = 'recurring') = (repeat IS NOT NULL)",
    "segment_whole": "(segment_id IS NULL) = (segment_version IS NULL)",
    "send_time_shape": "send_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'",
    "priority_range": "priority BETWEEN 1 AND 9",
    "holdout_range": "holdout_bp BETWEEN 0 AND 5000",
    "points_gift_positive": "points_gift > 0",
    "benefit_for_known": "benefit_for IN ('reached', 'everyone')",
    "approved_by_another": "approved_by_id <> submitted_by_id",
    "review_has_author": "state <> 'in_review' OR submitted_by_id IS NOT NULL",
    "approval_has_author": "state <> 'approved' OR approved_by_id IS NOT NULL",
}
OLD_CAMPAIGN_CHECKS = {
    "kind_known": "kind IN ('one_off', 'birthday')",
    "state_known": ("state IN ('draft', 'scheduled', 'expanding', 'running', 'paused', 'done', 'cancelled', 'missed')"),
    "scheduled_has_time": "state IN ('draft', 'cancelled') OR kind <> 'one_off' OR scheduled_at IS NOT NULL",
    "birthday_shape": "(kind = 'one_off') OR (scheduled_at IS NULL AND days_before IS NOT NULL)",
}
REPLACED = ("kind_known", "state_known", "scheduled_has_time")


def upgrade() -> None:
    _segments()
    _topics()
    _campaigns()
    _runs_and_variants()
    _deliveries()
    _policy()


def _segments() -> None:
    op.create_table(
        "segment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("member_count", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_segment_version_positive")),
        sa.CheckConstraint("member_count >= 0", name=op.f("ck_segment_member_count_not_negative")),
        sa.CheckConstraint("(member_count IS NULL) = (counted_at IS NULL)", name=op.f("ck_segment_counted_whole")),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_segment_created_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("name", name=op.f("uq_segment_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_segment_public_id")),
    )
    op.create_table(
        "segment_version",
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_segment_version_version_positive")),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_segment_version_created_by_id_staff")),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_segment_version_segment_id_segment")),
        sa.PrimaryKeyConstraint("segment_id", "version", name=op.f("pk_segment_version")),
    )
    op.execute(
        "CREATE TRIGGER tr_segment_version_append_only BEFORE UPDATE OR DELETE ON segment_version "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
    )


def _topics() -> None:
    topic = op.create_table(
        "message_topic",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("is_marketing", sa.Boolean(), nullable=False),
        sa.Column("cool_off_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cool_off_days BETWEEN 0 AND 365", name=op.f("ck_message_topic_cool_off_range")),
        sa.CheckConstraint(
            f"cardinality(channels) > 0 AND channels <@ ARRAY[{CHANNELS}]", name=op.f("ck_message_topic_channels_known")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_message_topic")),
    )
    op.bulk_insert(
        topic,
        [
            {
                "code": code,
                "name": name,
                "name_en": name_en,
                "is_marketing": is_marketing,
                "cool_off_days": days,
                "channels": ["subscribe"],
                "updated_at": sa.func.now(),
            }
            for code, name, name_en, is_marketing, days in TOPICS
        ],
        multiinsert=False,
    )
    op.create_table(
        "message_preference",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"channel IN ({CHANNELS})", name=op.f("ck_message_preference_channel_known")),
        sa.CheckConstraint(
            "changed_by IN ('member', 'staff', 'channel')", name=op.f("ck_message_preference_changed_by_known")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_message_preference_member_id_member")),
        sa.ForeignKeyConstraint(
            ["topic"], ["message_topic.code"], name=op.f("fk_message_preference_topic_message_topic")
        ),
        sa.PrimaryKeyConstraint("member_id", "topic", "channel", name=op.f("pk_message_preference")),
    )
    op.drop_constraint(op.f("ck_message_template_topic_known"), "message_template")
    op.create_foreign_key(
        op.f("fk_message_template_topic_message_topic"), "message_template", "message_topic", ["topic"], ["code"]
    )


def _campaigns() -> None:
    for name in (*REPLACED, "birthday_shape"):
        op.drop_constraint(op.f(f"ck_campaign_{name}"), "campaign")
    for column in (
        sa.Column("page", sa.Text(), nullable=True),
        sa.Column("segment_id", sa.BigInteger(), nullable=True),
        sa.Column("segment_version", sa.Integer(), nullable=True),
        sa.Column("member_list_id", sa.BigInteger(), nullable=True),
        sa.Column("holdout_bp", sa.Integer(), server_default="0", nullable=False),
        sa.Column("points_gift", sa.BigInteger(), nullable=True),
        sa.Column("benefit_for", sa.Text(), server_default="everyone", nullable=False),
        sa.Column("days_after", sa.Integer(), nullable=True),
        sa.Column("festival", sa.Text(), nullable=True),
        sa.Column("repeat", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("conditions", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("send_time", sa.Text(), nullable=True),
        sa.Column("is_member_time", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("next_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("priority", sa.Integer(), server_default="5", nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("campaign", column)
    op.create_foreign_key(
        "fk_campaign_segment_segment_version",
        "campaign",
        "segment_version",
        ["segment_id", "segment_version"],
        ["segment_id", "version"],
    )
    for column, table in (
        ("member_list_id", "member_list"),
        ("parent_id", "campaign"),
        ("submitted_by_id", "staff"),
        ("approved_by_id", "staff"),
    ):
        op.create_foreign_key(op.f(f"fk_campaign_{column}_{table}"), "campaign", table, [column], ["id"])
    for name, rule in CAMPAIGN_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_campaign_{name}"), "campaign", rule)
    op.create_index(
        "ix_campaign_next_run_at", "campaign", ["next_run_at"], postgresql_where=sa.text("state = 'running'")
    )


def _runs_and_variants() -> None:
    op.create_table(
        "campaign_variant",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("field_values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("page", sa.Text(), nullable=True),
        sa.CheckConstraint("code ~ '^[A-H]$'", name=op.f("ck_campaign_variant_code_shape")),
        sa.CheckConstraint("share_bp BETWEEN 1 AND 10000", name=op.f("ck_campaign_variant_share_range")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_variant_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "code", name=op.f("pk_campaign_variant")),
    )
    op.create_table(
        "campaign_run",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest_start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cursor_member_id", sa.BigInteger(), nullable=False),
        sa.Column("max_member_id", sa.BigInteger(), nullable=False),
        sa.Column("targeted", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('expanding', 'running', 'done', 'missed', 'skipped', 'cancelled')",
            name=op.f("ck_campaign_run_state_known"),
        ),
        sa.CheckConstraint("latest_start_at > due_at", name=op.f("ck_campaign_run_latest_after_due")),
        sa.CheckConstraint("cursor_member_id <= max_member_id", name=op.f("ck_campaign_run_cursor_within")),
        sa.CheckConstraint("targeted >= 0", name=op.f("ck_campaign_run_targeted_not_negative")),
        sa.CheckConstraint(
            "(state IN ('expanding', 'running', 'missed')) = (finished_at IS NULL)",
            name=op.f("ck_campaign_run_finished_has_time"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_run_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("campaign_id", "occurrence", name=op.f("pk_campaign_run")),
    )
    op.create_index(
        "ix_campaign_run_live",
        "campaign_run",
        ["state", "campaign_id"],
        postgresql_where=sa.text("state IN ('expanding', 'running')"),
    )


def _deliveries() -> None:
    op.add_column("delivery", sa.Column("channel", sa.Text(), server_default="subscribe", nullable=False))
    for name in ("variant", "benefit", "link_code"):
        op.add_column("delivery", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("delivery", sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE delivery SET benefit = 'given' WHERE is_gift_issued")
    op.drop_column("delivery", "is_gift_issued")
    op.drop_constraint(op.f("ck_delivery_state_known"), "delivery")
    for name, rule in {
        "state_known": f"state IN ({DELIVERY_STATES})",
        "channel_known": f"channel IN ({CHANNELS})",
        "benefit_known": "benefit IN ('due', 'given', 'refused')",
        "opened_by_link": "(opened_at IS NOT NULL) <= (link_code IS NOT NULL)",
    }.items():
        op.create_check_constraint(op.f(f"ck_delivery_{name}"), "delivery", rule)
    op.create_index(
        "uq_delivery_link_code",
        "delivery",
        ["link_code"],
        unique=True,
        postgresql_where=sa.text("link_code IS NOT NULL"),
    )
    op.create_index(
        "ix_delivery_benefit_due",
        "delivery",
        ["campaign_id", "member_id"],
        postgresql_where=sa.text("benefit = 'due'"),
    )


def _policy() -> None:
    op.add_column("member", sa.Column("zone", sa.Text(), nullable=True))
    for column in (
        sa.Column("messages_per_month", sa.Integer(), server_default="8", nullable=False),
        sa.Column("holdout_bp", sa.Integer(), server_default="0", nullable=False),
        sa.Column("holdout_salt", sa.Text(), server_default="huitou", nullable=False),
        sa.Column("has_campaign_review", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("message_cost_fen", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
    ):
        op.add_column("programme", column)
    op.drop_constraint(op.f("ck_programme_caps_positive"), "programme")
    op.create_check_constraint(
        op.f("ck_programme_caps_positive"),
        "programme",
        "messages_per_day > 0 AND messages_per_week > 0 AND messages_per_month > 0",
    )
    op.create_check_constraint(op.f("ck_programme_holdout_range"), "programme", "holdout_bp BETWEEN 0 AND 5000")
    op.drop_constraint(op.f("ck_frequency_counter_period_known"), "frequency_counter")
    op.create_check_constraint(
        op.f("ck_frequency_counter_period_known"), "frequency_counter", "period IN ('day', 'week', 'month')"
    )


def downgrade() -> None:
    """Only while nothing of the new kinds was written: those have no place in the old schema."""
    op.execute("DELETE FROM frequency_counter WHERE period = 'month'")
    op.drop_constraint(op.f("ck_frequency_counter_period_known"), "frequency_counter")
    op.create_check_constraint(
        op.f("ck_frequency_counter_period_known"), "frequency_counter", "period IN ('day', 'week')"
    )
    for name in ("holdout_range", "caps_positive"):
        op.drop_constraint(op.f(f"ck_programme_{name}"), "programme")
    op.create_check_constraint(
        op.f("ck_programme_caps_positive"), "programme", "messages_per_day > 0 AND messages_per_week > 0"
    )
    for name in ("message_cost_fen", "has_campaign_review", "holdout_salt", "holdout_bp", "messages_per_month"):
        op.drop_column("programme", name)
    op.drop_column("member", "zone")
    _downgrade_deliveries()
    op.drop_index("ix_campaign_run_live", table_name="campaign_run")
    op.drop_table("campaign_run")
    op.drop_table("campaign_variant")
    _downgrade_campaigns()
    op.drop_constraint(op.f("fk_message_template_topic_message_topic"), "message_template", type_="foreignkey")
    op.create_check_constraint(
        op.f("ck_message_template_topic_known"),
        "message_template",
        "topic IN ('birthday', 'promotion', 'service')",
    )
    op.drop_table("message_preference")
    op.drop_table("message_topic")
    op.execute("DROP TRIGGER tr_segment_version_append_only ON segment_version")
    op.drop_table("segment_version")
    op.drop_table("segment")


def _downgrade_deliveries() -> None:
    op.drop_index("ix_delivery_benefit_due", table_name="delivery")
    op.drop_index("uq_delivery_link_code", table_name="delivery")
    for name in ("opened_by_link", "benefit_known", "channel_known", "state_known"):
        op.drop_constraint(op.f(f"ck_delivery_{name}"), "delivery")
    op.create_check_constraint(
        op.f("ck_delivery_state_known"),
        "delivery",
        "state IN ('planned', 'claimed', 'dispatching', 'sent', 'failed', 'in_doubt', 'suppressed', 'missed')",
    )
    op.add_column(
        "delivery", sa.Column("is_gift_issued", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.execute("UPDATE delivery SET is_gift_issued = true WHERE benefit = 'given'")
    for name in ("opened_at", "link_code", "benefit", "variant", "channel"):
        op.drop_column("delivery", name)


def _downgrade_campaigns() -> None:
    op.drop_index("ix_campaign_next_run_at", table_name="campaign")
    for name in CAMPAIGN_CHECKS:
        op.drop_constraint(op.f(f"ck_campaign_{name}"), "campaign")
    for name in (
        "approved_at",
        "approved_by_id",
        "submitted_at",
        "submitted_by_id",
        "parent_id",
        "priority",
        "next_run_at",
        "is_member_time",
        "send_time",
        "conditions",
        "repeat",
        "festival",
        "days_after",
        "benefit_for",
        "points_gift",
        "holdout_bp",
        "member_list_id",
        "segment_version",
        "segment_id",
        "page",
    ):
        op.drop_column("campaign", name)
    for name, rule in OLD_CAMPAIGN_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_campaign_{name}"), "campaign", rule)
