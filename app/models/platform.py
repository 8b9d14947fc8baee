"""What keeps retries, privileged changes, jobs and limits honest: rows, not memory."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Json, Key, Str


class IdempotencyKey(Model):
    """A value-moving request and its stored answer, committed with its effect (I16). Kept at least 72 hours."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        PrimaryKeyConstraint("principal", "endpoint", "key"),
        Index("ix_idempotency_key_expires_at", "expires_at"),
    )

    # "member:12" or "staff:3": a key means nothing to anybody else.
    principal: Mapped[Str]
    endpoint: Mapped[Str]
    key: Mapped[Str]
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status_code: Mapped[int]
    # The exact bytes answered: a replay is identical.
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]


class AuditEntry(Model):
    """A privileged change, written in the change's own transaction; append-only (I17)."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint("actor_kind IN ('staff', 'member', 'partner', 'system')", name="actor_kind_known"),
        Index("ix_audit_entry_object", "object_kind", "object_id", "id"),
        Index("ix_audit_entry_actor", "actor_kind", "actor_id", "id"),
        # The console's list by what was done, and a manager's of their stores.
        Index("ix_audit_entry_action", "action", "id"),
        Index("ix_audit_entry_store", "store_id", "id", postgresql_where=text("store_id IS NOT NULL")),
    )

    id: Mapped[Key]
    recorded_at: Mapped[Instant]
    actor_kind: Mapped[Str]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    # verb.noun: "coupon_batch.create", "redemption.reverse", "member.merge"
    action: Mapped[Str]
    object_kind: Mapped[Str]
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    store_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("store.id"))
    # Masked values only.
    details: Mapped[Json] = mapped_column(JSONB)
    request_id: Mapped[Str | None]


class AuditSeal(Model):
    """A block of audit entries and its hash, chained to the block before; append-only (I17)."""

    __tablename__ = "audit_seal"
    __table_args__ = (
        CheckConstraint("entries > 0", name="entries_positive"),
        CheckConstraint("length(hash) = 32 AND length(previous_hash) = 32", name="hashes_whole"),
        # One chain: no two blocks follow the same one.
        UniqueConstraint("previous_hash"),
    )

    # 1, 2, 3 … without gap.
    block_no: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entries: Mapped[int]
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[Instant]


class AuditSealEntry(Model):
    """Which block sealed an entry, and the entry's own hash: a changed row is named. Append-only."""

    __tablename__ = "audit_seal_entry"
    __table_args__ = (
        CheckConstraint("length(hash) = 32", name="hash_whole"),
        Index("ix_audit_seal_entry_block_no", "block_no", "entry_id"),
    )

    entry_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("audit_entry.id"), primary_key=True, autoincrement=False
    )
    block_no: Mapped[int] = mapped_column(BigInteger, ForeignKey("audit_seal.block_no"))
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class JobRun(Model):
    """One run of one tick or job: when, how it ended, what it counted."""

    __tablename__ = "job_run"
    __table_args__ = (
        Index("ix_job_run_job_id", "job", "id"),
        # When each last failed.
        Index("ix_job_run_failed", "job", "id", postgresql_where=text("NOT ok")),
    )

    id: Mapped[Key]
    job: Mapped[Str]
    started_at: Mapped[Instant]
    finished_at: Mapped[Instant | None]
    ok: Mapped[bool | None]
    counts: Mapped[Json] = mapped_column(JSONB, default=dict)
    error: Mapped[Str | None]


class WeChatEvent(Model):
    """An event WeChat pushed to us, stored once however often it comes, before we answer."""

    __tablename__ = "wechat_event"
    __table_args__ = (
        # What somebody chose before they enrolled counts from then on.
        Index(
            "ix_wechat_event_choices",
            "openid",
            "id",
            postgresql_where=text("event IN ('subscribe_msg_popup_event', 'subscribe_msg_change_event')"),
        ),
    )

    id: Mapped[Key]
    dedup_key: Mapped[Str] = mapped_column(unique=True)
    event: Mapped[Str]
    openid: Mapped[Str]
    payload: Mapped[Json] = mapped_column(JSONB)
    received_at: Mapped[Instant]


class AttemptCounter(Model):
    """Counted attempts (log-ins, code guesses) in a fixed window; in PostgreSQL so that no flush resets it."""

    __tablename__ = "attempt_counter"
    __table_args__ = (PrimaryKeyConstraint("key", "window_start"),)

    key: Mapped[Str]
    window_start: Mapped[Instant]
    n: Mapped[int]


class WeChatToken(Model):
    """Where the access token lives while Redis is away; encrypted by the vault."""

    __tablename__ = "wechat_token"

    appid: Mapped[Str] = mapped_column(primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[Instant]


class SendSlot(Model):
    """The send limiter's fallback while Redis is away: the next free instant per key, on the database's clock."""

    __tablename__ = "send_slot"

    key: Mapped[Str] = mapped_column(primary_key=True)
    next_at: Mapped[Instant]
