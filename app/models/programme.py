"""The programme's own settings: one row of policy the shop may change without a deployment."""

from sqlalchemy import CheckConstraint, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Str


class Programme(Model):
    """Exactly one row (id = 1), written by `flask init` and the console."""

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("check_in_points > 0", name="check_in_points_positive"),
        CheckConstraint("fen_per_100_points > 0", name="point_value_positive"),
        CheckConstraint("adjustment_limit >= 0", name="adjustment_limit_not_negative"),
        CheckConstraint("expiry_notice_days BETWEEN 0 AND 365", name="expiry_notice_range"),
        CheckConstraint(
            "makeup_cost_points > 0 AND makeup_per_month BETWEEN 0 AND 31 AND makeup_within_days BETWEEN 1 AND 31",
            name="makeup_range",
        ),
        CheckConstraint("cut_over_hour BETWEEN 0 AND 11", name="cut_over_hour_range"),
        CheckConstraint("undo_window_minutes BETWEEN 0 AND 1440", name="undo_window_range"),
        CheckConstraint(
            "messages_per_day > 0 AND messages_per_week > 0 AND messages_per_month > 0", name="caps_positive"
        ),
        CheckConstraint("holdout_bp BETWEEN 0 AND 5000", name="holdout_range"),
        CheckConstraint("sends_per_day > 0", name="sends_per_day_positive"),
        CheckConstraint("attribution_days BETWEEN 1 AND 90", name="attribution_range"),
        CheckConstraint("coupons_per_bill BETWEEN 1 AND 5", name="coupons_per_bill_range"),
        CheckConstraint("coupon_hold_seconds BETWEEN 30 AND 3600", name="coupon_hold_range"),
        CheckConstraint("coupon_expiry_notice_days BETWEEN 0 AND 365", name="coupon_expiry_notice_range"),
        CheckConstraint("points_pay_max_bp BETWEEN 0 AND 10000", name="points_pay_range"),
        CheckConstraint(
            "clerk_issues_per_day >= 0 AND clerk_redeems_per_day >= 0 AND clerk_discount_fen_per_day >= 0",
            name="clerk_limits_not_negative",
        ),
        CheckConstraint(
            "second_step_roles <@ ARRAY['clerk', 'manager', 'marketer', 'auditor', 'admin']",
            name="second_step_roles_known",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[Str]
    zone: Mapped[Str] = mapped_column(default="Asia/Shanghai")
    cut_over_hour: Mapped[int] = mapped_column(default=0)
    check_in_points: Mapped[Amount] = mapped_column(default=5)
    # {"3": 10, "7": 30}: extra points on the day a streak reaches the length.
    streak_bonus: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    # {"10": 30}: extra points on the day a calendar month counts so many check-ins.
    monthly_bonus: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default="{}")
    # A missed day may be made up for points: so many a month, so many days back. None a month: not at all.
    makeup_cost_points: Mapped[Amount] = mapped_column(default=20, server_default="20")
    makeup_per_month: Mapped[int] = mapped_column(default=3, server_default="3")
    makeup_within_days: Mapped[int] = mapped_column(default=7, server_default="7")
    # How long points live: rules/expiry_terms.py has the grammar.
    points_expiry: Mapped[Str] = mapped_column(default="12M", server_default="12M")
    expiry_notice_days: Mapped[int] = mapped_column(default=30, server_default="30")
    # What 100 points are worth to the shop, in fen: the liability report's price.
    fen_per_100_points: Mapped[Amount] = mapped_column(default=100, server_default="100")
    # Points or growth one person may adjust a day without a second person.
    adjustment_limit: Mapped[Amount] = mapped_column(default=1000, server_default="1000")
    undo_window_minutes: Mapped[int] = mapped_column(default=15)
    # Coupons on one bill, and of each stacking category ("order", "goods", "gift", …); one of a category not named.
    coupons_per_bill: Mapped[int] = mapped_column(default=3, server_default="3")
    coupons_per_category: Mapped[dict[str, int]] = mapped_column(
        JSONB, default=lambda: {"order": 1, "goods": 2, "gift": 2}, server_default='{"gift": 2, "goods": 2, "order": 1}'
    )
    # How long coupons stay promised to a bill that is being rung up.
    coupon_hold_seconds: Mapped[int] = mapped_column(default=300, server_default="300")
    # Days ahead that a member is told of coupons running out; 0: not at all.
    coupon_expiry_notice_days: Mapped[int] = mapped_column(default=3, server_default="3")
    # Of what is left of a bill after coupons, the part that points may pay, in basis points; 0: points are no money.
    points_pay_max_bp: Mapped[int] = mapped_column(default=5000, server_default="5000")
    # What one person of the counter may give, take in and grant off bills on a business date.
    clerk_issues_per_day: Mapped[int] = mapped_column(default=20, server_default="20")
    clerk_redeems_per_day: Mapped[int] = mapped_column(default=1000, server_default="1000")
    clerk_discount_fen_per_day: Mapped[Amount] = mapped_column(default=5_000_000, server_default="5000000")
    # Local times "HH:MM"; no marketing message leaves in between. Equal values mean no quiet hours.
    quiet_from: Mapped[Str] = mapped_column(default="21:00")
    quiet_until: Mapped[Str] = mapped_column(default="09:00")
    messages_per_day: Mapped[int] = mapped_column(default=1)
    messages_per_week: Mapped[int] = mapped_column(default=3)
    messages_per_month: Mapped[int] = mapped_column(default=8, server_default="8")
    # Of every 10,000 members, how many get no marketing message at all; the salt says which.
    holdout_bp: Mapped[int] = mapped_column(default=0, server_default="0")
    holdout_salt: Mapped[Str] = mapped_column(default="huitou", server_default="huitou")
    # Days and numbers that divide a member's life with the shop (rules/lifecycle.py); what is not said has its default.
    lifecycle: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default="{}")
    # How long after a message a purchase counts for it.
    attribution_days: Mapped[int] = mapped_column(default=7, server_default="7")
    # A campaign must be approved by a second person before it is scheduled.
    has_campaign_review: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # What a hundred messages of a channel cost, in fen: {"sms": 450}. A channel not named costs nothing.
    message_cost_fen: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default="{}")
    sends_per_second: Mapped[int] = mapped_column(default=20)
    # Messages a second on the other channels; one not named takes ten.
    channel_rates: Mapped[dict[str, int]] = mapped_column(
        JSONB,
        default=lambda: {"email": 10, "oa_template": 20, "sms": 20},
        server_default='{"sms": 20, "email": 10, "oa_template": 20}',
    )
    # WeChat's own limit for subscribe messages: ten million a day, thirty with payment.
    sends_per_day: Mapped[Amount] = mapped_column(default=10_000_000, server_default="10000000")
    # Who must sign in with a second step.
    second_step_roles: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    membership_terms_version: Mapped[Str] = mapped_column(default="2026-11")
    marketing_terms_version: Mapped[Str] = mapped_column(default="2026-11")
    updated_at: Mapped[Instant]
