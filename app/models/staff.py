"""Stores, the people who work there, their sessions."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Key, PublicId, Str


class Store(Model):
    __tablename__ = "store"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Str] = mapped_column(unique=True)
    name: Mapped[Str]
    is_active: Mapped[bool] = mapped_column(default=True)


class Staff(Model):
    """A person of the shop. `member_id` names their own membership, which they may not serve."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ('clerk', 'manager', 'marketer', 'auditor', 'admin')", name="role_known"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    login: Mapped[Str] = mapped_column(unique=True)
    display_name: Mapped[Str]
    password_hash: Mapped[Str]
    role: Mapped[Str]
    member_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("member.id"), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Instant]


class StaffStore(Model):
    """Which stores a clerk or manager may act for."""

    __tablename__ = "staff_store"

    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"), primary_key=True)
    store_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("store.id"), primary_key=True, index=True)


class StaffSession(Model):
    """A sign-in at one door; a clerk's session is bound to the store chosen when signing in."""

    __tablename__ = "staff_session"
    __table_args__ = (Index("ix_staff_session_staff_id", "staff_id"),)

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    store_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("store.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
