"""Stores, the people who work there, their sessions."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, text
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
    public_id: Mapped[PublicId]
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    store_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("store.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    # What the browser called itself: the person tells their own devices apart by it.
    agent: Mapped[Str] = mapped_column(default="", server_default="")
    # Good for nothing but setting up the second step that the person's role needs.
    must_set_up: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]


class StaffSecondStep(Model):
    """A person's second step at sign-in: the secret their authenticator shares; unproven until a code came from it."""

    __tablename__ = "staff_second_step"
    __table_args__ = (
        CheckConstraint("last_step > 0", name="last_step_positive"),
        # A secret nobody proved has opened nothing.
        CheckConstraint("confirmed_at IS NOT NULL OR last_step IS NULL", name="used_when_confirmed"),
    )

    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    secret_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    started_at: Mapped[Instant]
    confirmed_at: Mapped[Instant | None]
    # The newest step (of 30 seconds since 1970) a code was taken of: each is good once, none before it any more.
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class StaffRecoveryCode(Model):
    """A code on paper, for who lost their authenticator. Only its keyed hash is stored; good once."""

    __tablename__ = "staff_recovery_code"

    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff_second_step.staff_id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[Instant | None]
