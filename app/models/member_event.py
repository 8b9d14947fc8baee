"""What happened to members, for messages and automations to start from."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Json, Str

MEMBER_EVENTS = (
    "points_will_expire",
    "coupon_will_expire",
    "tier_up",
    "tier_down",
    "tier_will_drop",
    "badge_awarded",
)


class MemberEvent(Model):
    """Something that happened to a member, once per occurrence; messages and automations start from it."""

    __tablename__ = "member_event"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "kind", "occurrence"),
        CheckConstraint(f"kind IN ({', '.join(repr(name) for name in MEMBER_EVENTS)})", name="kind_known"),
        Index("ix_member_event_kind_occurred_at", "kind", "occurred_at", "member_id"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    kind: Mapped[Str]
    occurrence: Mapped[Str]
    details: Mapped[Json] = mapped_column(JSONB)
    business_date: Mapped[date]
    occurred_at: Mapped[Instant]
