"""A made-up customer for learning the counter: real rules on made-up coupons, and nothing is written anywhere."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.rules import coupon_terms, stacking
from app.rules.coupon_conditions import Bill
from app.rules.earning_conditions import Line
from app.rules.points_payment import Price
from app.rules.stacking import Candidate, Policy
from app.services import checkout_prices, programmes, stores, tiers
from app.services.checkout_bills import Judged
from app.services.checkout_quotes import Choice, Explained
from app.services.visits import MemberCard
from app.services.wallet import HeldCoupon

# Well formed and nobody's: at the real counter it is a code that has expired.
CODE: Final = "28000000000000000004"
POINTS: Final = 600
ELSEWHERE: Final = "elsewhere"
_WORTH: Final[dict[str, Any]] = {"valid_days": 30}
_SAMPLES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("练习券 · 满50减10", {"kind": "amount_off", "value_fen": 1000, "min_spend_fen": 5000}),
    ("练习券 · 八折", {"kind": "percent_off", "percent_bp": 2000, "value_fen": 3000}),
    ("练习券 · 小饼干一份", {"kind": "gift", "value_fen": 800, "goods": "小饼干", "goods_en": "A biscuit"}),
    (
        "练习券 · 别的门店",
        {"kind": "amount_off", "value_fen": 2000, "min_spend_fen": 2000, "stores": [ELSEWHERE]},
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Practice:
    """A quote as a visit would give it, of nobody's visit."""

    card: MemberCard
    explained: Sequence[Explained]
    best: Choice


def quote(bill_fen: int, *, store_id: int, now: datetime) -> Practice:
    """Explain the made-up coupons on a bill and propose the best set, by the programme's own rules."""
    coupons = [_coupon(number, name, said, now=now) for number, (name, said) in enumerate(_SAMPLES, 1)]
    candidates = {one.id: Candidate(key=one.id, terms=one.terms, expires_at=one.expires_at) for one in coupons}
    judged = _judged(bill_fen, store_id=store_id, now=now)
    alone = {one.key: one for one in stacking.explain(candidates.values(), judged.bill, judged.policy)}
    plan = stacking.best(candidates.values(), judged.bill, judged.policy)
    terms = [candidates[applied.key].terms for applied in plan.applied]
    return Practice(
        card=_card(now=now),
        explained=[
            Explained(coupon=one, refusal=alone[one.id].refusal, saves_fen=alone[one.id].saves_fen) for one in coupons
        ],
        best=Choice(
            coupons=tuple(uuid.UUID(int=applied.key) for applied in plan.applied),
            priced=checkout_prices.price(plan, terms, judged, points=0),
            most_points=checkout_prices.most_points(plan, terms, judged, spendable=POINTS),
        ),
    )


def _coupon(number: int, name: str, said: dict[str, Any], *, now: datetime) -> HeldCoupon:
    terms = coupon_terms.parse({**_WORTH, **said})
    ends_at = now + timedelta(days=30)
    return HeldCoupon(
        id=number,
        public_id=uuid.UUID(int=number),
        name=name,
        batch_name="练习",
        status="active",
        terms=terms,
        last_day=programmes.business_date(ends_at),
        value_fen=terms.value_fen,
        uses=terms.uses or 1,
        used=0,
        issued_at=now,
        usable_from=now,
        expires_at=ends_at,
        redeemed_at=None,
        held_visit_id=None,
        held_until=None,
    )


def _judged(bill_fen: int, *, store_id: int, now: datetime) -> Judged:
    programme = programmes.get()
    line = Line(line_no=1, amount_fen=bill_fen, quantity=1, sku="", category="")
    return Judged(
        bill=Bill(
            on=programmes.business_date(now),
            hour=now.astimezone(ZoneInfo(programme.zone)).hour,
            store_code=stores.get(store_id).code,
            channel=f"store:{store_id}",
            tier_code=None,
            is_first_purchase=False,
            lines=(line,) if bill_fen else (),
        ),
        policy=Policy(max_coupons=programme.coupons_per_bill, per_category=programme.coupons_per_category),
        points_price=Price(fen_per_100=programme.fen_per_100_points, max_bp=programme.points_pay_max_bp),
        order_is_known=False,
    )


def _card(*, now: datetime) -> MemberCard:
    tier = tiers.ladder()[0]
    return MemberCard(
        public_id=uuid.UUID(int=0),
        nickname="练习顾客",
        phone_masked="138****0000",
        points=POINTS,
        tier_code=tier.code,
        tier_name=tier.name,
        tier_name_en=tier.name_en,
        tier_colour=tier.colour,
        tier_emblem=tier.emblem,
        is_birthday=False,
        joined_at=now,
    )
