"""Ladders and benefits: as the console edits them, and as a member reads them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.models import Ladder, Tier
from app.rules.tier_periods import Policy
from app.services.ladder_changes import Cell, Sample, Simulation
from app.services.tier_benefits import Benefit
from app.services.tiers import Standing
from blueprints.schemas.base import MAX_POINTS, BusinessDate, Closed, Code, Instant, Out, PublicId, Text
from blueprints.schemas.coupons import in_english
from blueprints.schemas.points import BadgeOut, StandingOut

Qualification = Literal["lifetime", "rolling", "calendar_year"]
Downgrade = Literal["keep", "one_down", "balance_based"]
Months = Annotated[int, Field(ge=1, le=36)]
Days = Annotated[int, Field(ge=0, le=180)]


class LadderIn(Closed):
    """A draft. Months are for `rolling` alone, and both of them; a threshold for every tier, rising from 0."""

    name: Text
    qualification: Qualification
    qualification_months: Months | None = None
    validity_months: Months | None = None
    downgrade: Downgrade = "balance_based"
    grace_days: Days = 0
    notice_days: Days = 30
    thresholds: Annotated[dict[Code, Annotated[int, Field(ge=0, le=MAX_POINTS)]], Field(min_length=1, max_length=50)]


class ConsoleLadderOut(Out):
    """`is_settling`: members are still being moved onto it."""

    id: UUID
    name: str
    status: Literal["draft", "active", "retired"]
    qualification: Qualification
    qualification_months: int | None
    validity_months: int | None
    downgrade: Downgrade
    grace_days: int
    notice_days: int
    thresholds: dict[str, int]
    is_settling: bool
    created_at: Instant
    activated_at: Instant | None

    @classmethod
    def of(cls, ladder: Ladder) -> "ConsoleLadderOut":
        return cls(
            id=ladder.public_id,
            name=ladder.name,
            status=ladder.status,
            qualification=ladder.qualification,
            qualification_months=ladder.qualification_months,
            validity_months=ladder.validity_months,
            downgrade=ladder.downgrade,
            grace_days=ladder.grace_days,
            notice_days=ladder.notice_days,
            thresholds=ladder.thresholds,
            is_settling=ladder.settling_after_id is not None,
            created_at=ladder.created_at,
            activated_at=ladder.activated_at,
        )


class LadderPage(Out):
    data: list[ConsoleLadderOut]
    has_more: bool
    next_cursor: str | None


class CellOut(Out):
    """Members of one tier who would hold the other."""

    from_tier: str
    to_tier: str
    members: int

    @classmethod
    def of(cls, cell: Cell) -> "CellOut":
        return cls(from_tier=cell.from_code, to_tier=cell.to_code, members=cell.members)


class SampleOut(Out):
    """A member who would move, by a masked name; `growth` is what counts under the ladder tried."""

    member_id: UUID
    name: str
    from_tier: str
    to_tier: str
    growth: int

    @classmethod
    def of(cls, sample: Sample) -> "SampleOut":
        return cls(
            member_id=sample.member_id,
            name=sample.name,
            from_tier=sample.from_code,
            to_tier=sample.to_code,
            growth=sample.growth,
        )


class SimulationOut(Out):
    """Who would move if the ladder were put in force now; the matrix counts those who would stay as well."""

    stay: int
    up: int
    down: int
    matrix: list[CellOut]
    samples: list[SampleOut]

    @classmethod
    def of(cls, simulation: Simulation, *, codes: list[str]) -> "SimulationOut":
        rank = {code: number for number, code in enumerate(codes)}
        steps = [(rank[cell.to_code] - rank[cell.from_code], cell.members) for cell in simulation.cells]
        return cls(
            stay=sum(members for step, members in steps if step == 0),
            up=sum(members for step, members in steps if step > 0),
            down=sum(members for step, members in steps if step < 0),
            matrix=[CellOut.of(cell) for cell in simulation.cells],
            samples=[SampleOut.of(sample) for sample in simulation.samples],
        )


class BenefitIn(Closed):
    """A gift names a batch made for issuing; a discount its size in basis points off the bill (500 is 5 %)."""

    coupon_batch_id: PublicId | None = None
    discount_bp: Annotated[int, Field(ge=1, le=9999)] | None = None


class BenefitOut(Out):
    """`words` say it to people, in the reader's language."""

    kind: str
    words: str
    coupon_batch_id: UUID | None
    discount_bp: int | None

    @classmethod
    def of(cls, benefit: Benefit) -> "BenefitOut":
        return cls(
            kind=benefit.kind,
            words=_words(benefit),
            coupon_batch_id=benefit.batch_public_id,
            discount_bp=benefit.discount_bp,
        )


class BenefitsOut(Out):
    data: list[BenefitOut]


class TierOfLadderOut(Out):
    """A rung as a member sees it, with what it gives in words."""

    rank: int
    growth_threshold: int
    badge: BadgeOut
    benefits: list[str]

    @classmethod
    def of(cls, tier: Tier, benefits: list[Benefit]) -> "TierOfLadderOut":
        return cls(
            rank=tier.rank,
            growth_threshold=tier.growth_threshold,
            badge=BadgeOut.of(tier),
            benefits=[_words(benefit) for benefit in benefits],
        )


class LadderOut(Out):
    """`valid_through` and `keep_needed` are null where a tier is for life; the texts say how tiers come and stay."""

    mine: StandingOut
    qualifying_growth: int
    valid_through: BusinessDate | None
    keep_needed: int | None
    how_earned: str
    how_kept: str
    ladder: list[TierOfLadderOut]

    @classmethod
    def of(
        cls, standing: Standing, policy: Policy, tiers: list[Tier], benefits: dict[int, list[Benefit]]
    ) -> "LadderOut":
        return cls(
            mine=StandingOut.of(standing),
            qualifying_growth=standing.qualifying,
            valid_through=standing.valid_through,
            keep_needed=standing.keep_needed,
            how_earned=_how_earned(policy),
            how_kept=_how_kept(standing),
            ladder=[TierOfLadderOut.of(tier, benefits.get(tier.id, [])) for tier in tiers],
        )


# Kind → zh-CN, English; {} is the coupon's name.
_GIFT_WORDS = {
    "birthday_gift": ("生日礼：{}", "Birthday gift: {}"),
    "upgrade_gift": ("升级礼：{}", "Upgrade gift: {}"),
    "monthly_pack": ("每月礼券：{}", "Every month: {}"),
    "priority": ("优先服务", "Priority service"),
}


def _words(benefit: Benefit) -> str:
    if benefit.discount_bp is not None:
        # 5 % off is 9.5 折 in Chinese.
        fold, percent = f"{(10_000 - benefit.discount_bp) / 1000:.3g}", f"{benefit.discount_bp / 100:.4g}"
        return f"{percent}% off" if in_english() else f"享 {fold} 折"
    return _GIFT_WORDS[benefit.kind][in_english()].format(benefit.gift_name)


def _how_earned(policy: Policy) -> str:
    months, validity = policy.qualification_months, policy.validity_months
    texts = {
        "lifetime": ("成长值长期累计，达到门槛即升级。", "All growth counts; a tier is reached at its threshold."),
        "rolling": (
            f"近 {months} 个月的成长值达到门槛即升级，等级有效 {validity} 个月。",
            f"Growth of the last {months} months counts; a tier lasts {validity} months.",
        ),
        "calendar_year": (
            "当年成长值达到门槛即升级，等级有效至次年年底。",
            "Growth of the calendar year counts; a tier lasts to the end of the next year.",
        ),
    }
    return texts[policy.qualification][in_english()]


def _how_kept(standing: Standing) -> str:
    if standing.valid_through is None or standing.keep_needed is None:
        return "This tier does not run out." if in_english() else "当前等级长期有效。"
    day, needed = standing.valid_through, standing.keep_needed
    if needed == 0:
        return f"Kept beyond {day}: earned again." if in_english() else f"已达到保级要求，{day} 后继续保留当前等级。"
    if in_english():
        return f"Valid through {day}; {needed} more growth keeps it."
    return f"当前等级有效至 {day}，再获得 {needed} 成长值即可保级。"
