"""Ways to a member besides the mini-program: their texts, proven e-mail addresses, followers of the official account."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Str


class MessageTemplateChannel(Model):
    """How a message template reads on another channel. No row: it does not go there."""

    __tablename__ = "message_template_channel"
    __table_args__ = (
        PrimaryKeyConstraint("message_template_id", "channel"),
        CheckConstraint("channel IN ('oa_template', 'sms', 'email')", name="channel_known"),
        # An e-mail is written here; the others name a template that WeChat or the provider holds.
        CheckConstraint(
            "CASE channel WHEN 'email' THEN external_template_id IS NULL AND subject IS NOT NULL AND body IS NOT NULL "
            "ELSE external_template_id IS NOT NULL AND subject IS NULL AND body IS NULL END",
            name="text_fits_channel",
        ),
    )

    message_template_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("message_template.id", name="fk_message_template_channel_message_template")
    )
    channel: Mapped[Str]
    external_template_id: Mapped[Str | None]
    subject: Mapped[Str | None]
    body: Mapped[Str | None]
    # {"thing2": "{thing1}"}: the external template's own fields, filled from ours.
    fields: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    updated_at: Mapped[Instant]


class MemberContact(Model):
    """An address a member proved by a code sent to it; kept like a phone: cipher, keyed index, mask."""

    __tablename__ = "member_contact"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "kind"),
        CheckConstraint("kind IN ('email')", name="kind_known"),
        # One member per address (I15).
        Index("uq_member_contact_kind_value_index", "kind", "value_index", unique=True),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    kind: Mapped[Str]
    value_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    value_index: Mapped[bytes] = mapped_column(LargeBinary)
    masked: Mapped[Str]
    verified_at: Mapped[Instant]
    # The mail server said there is no such box: nothing more goes there until it is proven anew.
    refused_at: Mapped[Instant | None]


class ContactCode(Model):
    """The code on its way to an address that is to be proven: one per member and kind, five tries."""

    __tablename__ = "contact_code"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "kind"),
        CheckConstraint("kind IN ('email')", name="kind_known"),
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries_range"),
        # What nobody came back for is purged.
        Index("ix_contact_code_expires_at", "expires_at"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    kind: Mapped[Str]
    value_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    value_index: Mapped[bytes] = mapped_column(LargeBinary)
    masked: Mapped[Str]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[Instant]


class OfficialFollower(Model):
    """Who follows the official account, and the UnionID WeChat gives for them. Gone as soon as they unfollow."""

    __tablename__ = "official_follower"
    __table_args__ = (
        PrimaryKeyConstraint("app_id", "openid"),
        # A new member's UnionID finds an account followed before.
        Index("ix_official_follower_unionid", "unionid", postgresql_where=text("unionid IS NOT NULL")),
        # Whom WeChat is still to be asked about, oldest first.
        Index("ix_official_follower_unknown", "followed_at", postgresql_where=text("looked_up_at IS NULL")),
    )

    app_id: Mapped[Str]
    openid: Mapped[Str]
    unionid: Mapped[Str | None]
    followed_at: Mapped[Instant]
    looked_up_at: Mapped[Instant | None]
