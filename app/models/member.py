"""A member: one person enrolled once, with at least one identity, and what the person agreed to."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str


class Member(Model):
    """Phone is kept encrypted with a keyed blind index for look-up; a merged member points at the one who stays."""

    __tablename__ = "member"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'merged', 'erased')", name="status_known"),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged_points_somewhere"),
        CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
        # One member per phone (I15): all three phone columns come and go together.
        CheckConstraint(
            "(phone_index IS NULL) = (phone_cipher IS NULL) AND (phone_index IS NULL) = (phone_masked IS NULL)",
            name="phone_whole",
        ),
        CheckConstraint("status = 'active' OR phone_index IS NULL", name="only_active_holds_phone"),
        CheckConstraint("(birth_month IS NULL) = (birth_day IS NULL)", name="birthday_whole"),
        CheckConstraint(
            "birth_month IS NULL OR birth_day BETWEEN 1 AND "
            "CASE WHEN birth_month = 2 THEN 29 WHEN birth_month IN (4, 6, 9, 11) THEN 30 ELSE 31 END",
            name="birthday_exists",
        ),
        CheckConstraint("birth_month BETWEEN 1 AND 12", name="birth_month_range"),
        Index("uq_member_phone_index", "phone_index", unique=True, postgresql_where=text("phone_index IS NOT NULL")),
        # Birthday automation: cost follows the matches, not the members.
        Index(
            "ix_member_birthday",
            "birth_month",
            "birth_day",
            "id",
            postgresql_where=text("status = 'active' AND birth_month IS NOT NULL"),
        ),
        # Anniversaries: who joined on a date of an earlier year.
        Index("ix_member_joined_at", "joined_at", "id", postgresql_where=text("status = 'active'")),
        # The search by the last four digits of a phone.
        Index(
            "ix_member_phone_tail",
            text("right(phone_masked, 4)"),
            "id",
            postgresql_where=text("phone_masked IS NOT NULL"),
        ),
        # The console's search by the beginning of a nickname, in any collation.
        Index("ix_member_nickname", "nickname", postgresql_ops={"nickname": "text_pattern_ops"}),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    status: Mapped[Str] = mapped_column(default="active")
    merged_into_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("member.id"), index=True)
    nickname: Mapped[Str] = mapped_column(default="")
    # Month and day only: the year is not needed for a gift (data minimisation), and 29 February stays a plain date.
    birth_month: Mapped[int | None]
    birth_day: Mapped[int | None]
    phone_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_masked: Mapped[Str | None]
    locale: Mapped[Str] = mapped_column(default="zh_CN")
    # IANA name of the zone whose wall clock the member lives by; empty: the shop's.
    zone: Mapped[Str | None]
    # Nine random digits that name the member inside a member code; changing them voids every old code.
    code_number: Mapped[Str] = mapped_column(unique=True)
    code_secret_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    # Current state of the latest marketing consent, kept in the consent's own transaction for audience expansion.
    marketing_consent: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[Instant]
    joined_channel: Mapped[Str]
    joined_store_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("store.id"))


class MemberAccount(Model):
    """The one row a value write locks: running totals of the member's two ledgers, and the tier they lead to.

    I1 and I3: balances are never negative, a debt is explicit in `points_owed`.
    """

    __tablename__ = "member_account"
    __table_args__ = (
        CheckConstraint("points_balance >= 0", name="points_balance_not_negative"),
        CheckConstraint("points_owed >= 0", name="points_owed_not_negative"),
        CheckConstraint("growth_value >= 0", name="growth_value_not_negative"),
        CheckConstraint("points_held BETWEEN 0 AND points_balance", name="points_held_in_balance"),
        CheckConstraint("points_seq >= 0 AND growth_seq >= 0", name="seq_not_negative"),
        # Ladder change and tier audience: members of a tier, by id.
        Index("ix_member_account_tier_id_member_id", "tier_id", "member_id"),
        # The tier review: cost follows the due.
        Index(
            "ix_member_account_review",
            "tier_valid_through",
            "member_id",
            postgresql_where=text("tier_valid_through IS NOT NULL"),
        ),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"), primary_key=True, autoincrement=False)
    points_balance: Mapped[Amount] = mapped_column(default=0)
    points_owed: Mapped[Amount] = mapped_column(default=0)
    # Promised by open holds, still part of the balance.
    points_held: Mapped[Amount] = mapped_column(default=0, server_default="0")
    points_seq: Mapped[Amount] = mapped_column(default=0)
    growth_value: Mapped[Amount] = mapped_column(default=0)
    growth_seq: Mapped[Amount] = mapped_column(default=0)
    tier_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tier.id"))
    # The last business date the tier is sure; empty where nothing is reviewed (lowest rung, ladder for life).
    tier_valid_through: Mapped[date | None]
    # When the ledgers of this member were last written: a clock that went back must not write before that.
    booked_at: Mapped[Instant | None]


class MemberIdentity(Model):
    """An OpenID of one app, a UnionID or a sales channel's own customer number; each belongs to one member (I15)."""

    __tablename__ = "member_identity"
    __table_args__ = (
        CheckConstraint("kind IN ('openid', 'unionid', 'external')", name="kind_known"),
        UniqueConstraint("kind", "app_id", "value"),
        Index("ix_member_identity_member_id", "member_id"),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    kind: Mapped[Str]
    # The mini-program's app id, or the channel of an external number; empty for a UnionID, which spans apps.
    app_id: Mapped[Str]
    value: Mapped[Str]
    linked_at: Mapped[Instant]


class MemberSession(Model):
    """A mini-program sign-in. Only the token's hash is stored; revoking acts on the next request."""

    __tablename__ = "member_session"
    __table_args__ = (Index("ix_member_session_member_id", "member_id"),)

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    openid: Mapped[Str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]


class Consent(Model):
    """One decision about one document version; append-only. The latest row per purpose is the member's will."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("purpose IN ('membership', 'marketing')", name="purpose_known"),
        Index("ix_consent_member_id_purpose_id", "member_id", "purpose", "id"),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    purpose: Mapped[Str]
    document_version: Mapped[Str]
    granted: Mapped[bool]
    channel: Mapped[Str]
    recorded_at: Mapped[Instant]


class MemberMerge(Model):
    """Two members became one; what moved is kept as counts so that conservation can be checked (I15)."""

    __tablename__ = "member_merge"
    __table_args__ = (CheckConstraint("kept_id <> merged_id", name="two_members"),)

    id: Mapped[Key]
    kept_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"), index=True)
    # A member is merged away once.
    merged_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"), unique=True)
    reason: Mapped[Str]
    points_moved: Mapped[Amount]
    growth_moved: Mapped[Amount]
    coupons_moved: Mapped[int]
    merged_at: Mapped[Instant]
