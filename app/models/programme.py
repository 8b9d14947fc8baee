"""The programme's own settings: one row of policy the shop may change without a deployment."""

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Str


class Programme(Model):
    """Exactly one row (id = 1), written by `flask init` and the console."""

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("check_in_points > 0", name="check_in_points_positive"),
        CheckConstraint("points_per_yuan >= 0 AND growth_per_yuan >= 0", name="earning_not_negative"),
        CheckConstraint("points_valid_months BETWEEN 1 AND 120", name="points_valid_months_range"),
        CheckConstraint("cut_over_hour BETWEEN 0 AND 11", name="cut_over_hour_range"),
        CheckConstraint("undo_window_minutes BETWEEN 0 AND 1440", name="undo_window_range"),
        CheckConstraint("messages_per_day > 0 AND messages_per_week > 0", name="caps_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[Str]
    zone: Mapped[Str] = mapped_column(default="Asia/Shanghai")
    cut_over_hour: Mapped[int] = mapped_column(default=0)
    check_in_points: Mapped[Amount] = mapped_column(default=5)
    # {"3": 10, "7": 30}: extra points on the day a streak reaches the length.
    streak_bonus: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    check_in_growth: Mapped[Amount] = mapped_column(default=1)
    points_per_yuan: Mapped[Amount] = mapped_column(default=1)
    growth_per_yuan: Mapped[Amount] = mapped_column(default=1)
    points_valid_months: Mapped[int] = mapped_column(default=12)
    undo_window_minutes: Mapped[int] = mapped_column(default=15)
    # Local times "HH:MM"; no marketing message leaves in between. Equal values mean no quiet hours.
    quiet_from: Mapped[Str] = mapped_column(default="21:00")
    quiet_until: Mapped[Str] = mapped_column(default="09:00")
    messages_per_day: Mapped[int] = mapped_column(default=1)
    messages_per_week: Mapped[int] = mapped_column(default=3)
    sends_per_second: Mapped[int] = mapped_column(default=20)
    membership_terms_version: Mapped[Str] = mapped_column(default="2026-11")
    marketing_terms_version: Mapped[Str] = mapped_column(default="2026-11")
    updated_at: Mapped[Instant]
