"""Shops, tills and e-commerce systems that report purchases: their keys, and the nonces they have used."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Key, PublicId, Str


class PartnerKey(Model):
    """A system's credential: requests are signed with its secret and act for its one channel."""

    __tablename__ = "partner_key"
    __table_args__ = (
        # Counters' own channels are "store:<id>": a partner may not speak as one.
        CheckConstraint("channel ~ '^[a-z][a-z0-9_-]{1,31}$' AND channel <> 'store'", name="channel_own"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # Travels with each request; tells nothing.
    key_id: Mapped[Str] = mapped_column(unique=True)
    name: Mapped[Str]
    channel: Mapped[Str]
    store_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("store.id"))
    # The vault holds its key: a signature can only be checked with the secret itself.
    secret_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]


class PartnerNonce(Model):
    """A nonce used within the time a signature is good; the primary key refuses the second use."""

    __tablename__ = "partner_nonce"
    __table_args__ = (
        PrimaryKeyConstraint("partner_key_id", "nonce"),
        Index("ix_partner_nonce_used_at", "used_at"),
    )

    partner_key_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("partner_key.id"))
    nonce: Mapped[Str]
    used_at: Mapped[Instant]
