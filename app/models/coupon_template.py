"""The terms of coupons. A row never changes: an edit is a new version of its family (tr_coupon_template_frozen)."""

import uuid

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Json, Key, PublicId, Str


def _said(name: str, kind: str, otherwise: str | None = None) -> Computed:
    """A column that says again what the terms say, for statements and constraints."""
    value = f"(terms ->> '{name}')::{kind}" if kind != "text" else f"terms ->> '{name}'"
    return Computed(f"coalesce({value}, {otherwise})" if otherwise else value, persisted=True)


class CouponTemplate(Model):
    """One version of a family of terms; rules/coupon_terms.py has the grammar of `terms`."""

    __tablename__ = "coupon_template"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('amount_off', 'percent_off', 'fixed_price', 'exchange', 'gift', 'experience')", name="kind_known"
        ),
        CheckConstraint("value_fen > 0", name="value_positive"),
        CheckConstraint("kind <> 'amount_off' OR min_spend_fen >= value_fen", name="never_pays_out"),
        CheckConstraint("uses BETWEEN 1 AND 100", name="uses_range"),
        CheckConstraint("life_limit BETWEEN 0 AND 1000", name="life_limit_range"),
        CheckConstraint("version > 0", name="version_positive"),
        UniqueConstraint("family_id", "version"),
        # A name belongs to one family: the first versions share no name, and the later ones are told apart by number.
        UniqueConstraint("name", "version"),
        # A batch's copies of what its coupons are counted by are foreign keys: they cannot differ from the terms.
        UniqueConstraint("id", "family_id", "life_limit"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    family_id: Mapped[uuid.UUID]
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[Str]
    terms: Mapped[Json] = mapped_column(JSONB)
    kind: Mapped[Str] = mapped_column(_said("kind", "text"))
    # What one use takes off, or the most it may cost.
    value_fen: Mapped[Amount] = mapped_column(_said("value_fen", "bigint"))
    min_spend_fen: Mapped[Amount] = mapped_column(_said("min_spend_fen", "bigint", "0"))
    uses: Mapped[int] = mapped_column(_said("uses", "integer", "1"))
    # Copies a member may ever have of the whole family; 0: no such limit.
    life_limit: Mapped[int] = mapped_column(_said("life_limit", "integer", "0"))
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]

    @property
    def worth_fen(self) -> int:
        """What a copy commits of a budget: all its uses."""
        return self.value_fen * self.uses
