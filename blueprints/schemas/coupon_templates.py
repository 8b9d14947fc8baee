"""Coupon templates: terms as a marketer writes them, and what they say in words."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.models import CouponTemplate
from app.rules import coupon_grammar, coupon_words
from app.rules.coupon_terms import Terms
from app.rules.earning_words import Words
from app.services import coupon_templates
from app.services.coupon_templates import Names
from blueprints.schemas.base import Closed, Instant, Out, PageQuery, PublicId, Text
from blueprints.schemas.coupons import in_english

Kind = Literal["amount_off", "percent_off", "fixed_price", "exchange", "gift", "experience"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Day = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$")]
Weekday = Annotated[int, Field(ge=1, le=7)]
TextList = Annotated[list[Text], Field(min_length=1, max_length=200)]


def _within(name: str) -> Any:
    lowest, highest = coupon_grammar.RANGES[name]
    return Field(default=None, ge=lowest, le=highest)


class _Said(BaseModel):
    """What a coupon may say; docs/domain/coupon-terms.md has the grammar. Left out means "any" or "no limit"."""

    kind: Kind
    # amount_off: what one use takes off. Otherwise the most one use may cost.
    value_fen: Annotated[int, Field(ge=1, le=coupon_grammar.MAX_FEN)]
    # The share taken off: 2000 is 20 % off.
    percent_bp: int | None = _within("percent_bp")
    price_fen: int | None = _within("price_fen")
    quantity: int | None = _within("quantity")
    goods: Text | None = None
    goods_en: Text | None = None
    uses: int | None = _within("uses")
    # On the goods it covers, as rung up.
    min_spend_fen: int | None = _within("min_spend_fen")
    stores: TextList | None = None
    channels: TextList | None = None
    skus: TextList | None = None
    not_skus: TextList | None = None
    categories: TextList | None = None
    not_categories: TextList | None = None
    tiers: TextList | None = None
    # Monday is 1.
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] | None = None
    from_hour: int | None = _within("from_hour")
    until_hour: int | None = _within("until_hour")
    # "2026-12-25", or "12-25" for every year.
    blackout_dates: Annotated[list[Day], Field(min_length=1, max_length=200)] | None = None
    first_purchase_only: bool | None = None
    # Days from issue, or fixed business dates, both included.
    valid_days: int | None = _within("valid_days")
    start_delay_days: int | None = _within("start_delay_days")
    valid_from: Date | None = None
    valid_until: Date | None = None
    # How it goes with others on one bill.
    stack_category: Name | None = None
    exclusive: bool | None = None
    exclusive_group: Name | None = None
    rank: int | None = _within("rank")
    with_tier_discount: bool | None = None
    with_points: bool | None = None
    on_refund: Literal["keep", "return_when_full", "return"] | None = None
    life_limit: int | None = _within("life_limit")
    transferable: bool | None = None


class CouponTermsIn(_Said, Closed):
    """The terms of a coupon."""

    def said(self) -> dict[str, Any]:
        """As the grammar takes them; what was not said is not there."""
        return self.model_dump(exclude_none=True)


class CouponTermsOut(_Said, Out):
    """The terms of a coupon, and the grammar they were written in."""

    v: int


class TermsLookIn(Closed):
    """Terms nobody has saved."""

    terms: CouponTermsIn


class SentenceOut(Out):
    """In both languages: the card is read in either."""

    zh: str
    en: str

    @classmethod
    def of(cls, words: Words) -> "SentenceOut":
        return cls(zh=words.zh, en=words.en)


class TermsLookOut(Out):
    """What a member would read: `headline` on the card, `sentences` all that may be relied on. `most_fen`: the most one copy
    may ever cost, over all its uses."""

    headline: SentenceOut
    words: SentenceOut
    sentences: list[SentenceOut]
    uses: int
    most_fen: int

    @classmethod
    def of(cls, terms: Terms, names: Names) -> "TermsLookOut":
        zh, en = (coupon_words.describe(terms, names, english=english) for english in (False, True))
        return cls(
            headline=SentenceOut.of(coupon_words.headline(terms)),
            words=SentenceOut(zh=zh, en=en),
            sentences=[SentenceOut.of(one) for one in coupon_words.sentences(terms, names)],
            uses=terms.times,
            most_fen=terms.most_fen,
        )


class TemplateQuery(PageQuery):
    """Versions of one template, or of each only the newest."""

    family_id: PublicId | None = None
    is_latest: bool = False


class TemplateIn(Closed):
    """A name, and the terms of the first version."""

    name: Text
    terms: CouponTermsIn


class TemplateVersionIn(Closed):
    """The terms of the next version, all of them."""

    terms: CouponTermsIn


class TemplateOut(Out):
    """One version. All versions of a template share `family_id`."""

    id: UUID
    family_id: UUID
    version: int
    name: str
    kind: Kind
    # Of one use: what it takes off, or the most it may cost.
    value_fen: int
    terms: CouponTermsOut
    # In plain words, in the language asked for.
    words: str
    created_at: Instant

    @classmethod
    def of(cls, template: CouponTemplate, names: Names) -> "TemplateOut":
        return cls(
            id=template.public_id,
            family_id=template.family_id,
            version=template.version,
            name=template.name,
            kind=template.kind,
            value_fen=template.value_fen,
            terms=CouponTermsOut.model_validate(template.terms),
            words=words_of(template, names),
            created_at=template.created_at,
        )


class TemplateDetail(TemplateOut):
    """One version, and all it says."""

    look: TermsLookOut

    @classmethod
    def in_full(cls, template: CouponTemplate, names: Names) -> "TemplateDetail":
        look = TermsLookOut.of(coupon_templates.terms_of(template), names)
        return cls(**TemplateOut.of(template, names).model_dump(), look=look)


class TemplatePage(Out):
    data: list[TemplateOut]
    has_more: bool
    next_cursor: str | None


def words_of(template: CouponTemplate, names: Names) -> str:
    """Its terms in plain words, in the language asked for."""
    return coupon_words.describe(coupon_templates.terms_of(template), names, english=in_english())
