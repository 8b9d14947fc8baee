"""Everything a coupon's terms can say is said, in both languages."""

from dataclasses import fields
from datetime import date
from typing import Any

import pytest

from app.rules.coupon_terms import Terms
from app.rules.coupon_words import describe, headline, sentences, share_off
from app.rules.earning_words import Names, Words

NAMES = Names(
    stores={"S1": Words("江边店", "Riverside"), "S2": Words("二店", "Second")},
    tiers={"gold": Words("金卡会员", "Gold")},
)
AMOUNT: dict[str, Any] = {"kind": "amount_off", "value_fen": 1_000, "min_spend_fen": 5_000, "valid_days": 30}
EXCHANGE: dict[str, Any] = {"kind": "exchange", "value_fen": 3_000, "goods": "拿铁", "valid_days": 30}


@pytest.mark.parametrize(
    ("percent_bp", "zh", "en"),
    [
        (2_000, "8折", "20% off"),
        (1_500, "8.5折", "15% off"),
        (1_550, "8.45折", "15.5% off"),
        (5, "9.995折", "0.05% off"),
        (9_500, "0.5折", "95% off"),
        (10_000, "免单", "100% off"),
    ],
)
def test_a_share_as_people_say_it(percent_bp: int, zh: str, en: str) -> None:
    assert share_off(percent_bp) == Words(zh, en)


@pytest.mark.parametrize(
    ("terms", "zh", "en"),
    [
        (AMOUNT, "满50元减10元", "¥10 off a bill of ¥50 or more"),
        (
            {"kind": "percent_off", "value_fen": 5_050, "percent_bp": 2_000},
            "8折(最多减50.50元)",
            "20% off (at most ¥50.50)",
        ),
        (
            {"kind": "percent_off", "value_fen": 5_000, "percent_bp": 2_000, "min_spend_fen": 10_000},
            "满100元8折(最多减50元)",
            "20% off (at most ¥50) on a bill of ¥100 or more",
        ),
        (
            {"kind": "fixed_price", "value_fen": 2_000, "price_fen": 990},
            "9.90元购一件(最多省20元)",
            "one item for ¥9.90 (saves at most ¥20)",
        ),
        (EXCHANGE, "兑换拿铁(最高抵30元)", "拿铁 free (worth up to ¥30)"),
        (
            {**EXCHANGE, "quantity": 2, "goods_en": "latte"},
            "兑换拿铁2件(最高抵30元)",
            "latte free, 2 items (worth up to ¥30)",
        ),
        (
            {"kind": "gift", "value_fen": 500, "goods": "帆布袋", "goods_en": "a tote bag", "min_spend_fen": 8_800},
            "满88元赠帆布袋",
            "a tote bag as a gift on a bill of ¥88 or more",
        ),
        ({"kind": "experience", "value_fen": 500, "goods": "拉花课"}, "体验拉花课", "try 拉花课"),
    ],
)
def test_what_each_kind_does(terms: dict[str, Any], zh: str, en: str) -> None:
    assert headline(Terms(**terms)) == Words(zh, en)


@pytest.mark.parametrize(
    ("terms", "last_day", "zh", "en"),
    [
        (
            AMOUNT,
            None,
            "满50元减10元 · 领取后30天内有效 · 全部门店",
            "¥10 off a bill of ¥50 or more · valid 30 days after claiming · all stores",
        ),
        (
            {**AMOUNT, "value_fen": 550, "valid_days": 1, "stores": ("S1", "S2", "S9")},
            None,
            "满50元减5.50元 · 领取后1天内有效 · 限江边店、二店、S9",
            "¥5.50 off a bill of ¥50 or more · valid 1 day after claiming · only at Riverside, Second and S9",
        ),
        (
            {**AMOUNT, "uses": 3, "weekdays": (2,)},
            date(2026, 12, 20),
            "满50元减10元 · 2026年12月20日前有效(含当日) · 全部门店 · 可用3次 · 有使用条件",
            "¥10 off a bill of ¥50 or more · valid through 2026-12-20 · all stores · good for 3 uses · conditions apply",
        ),
    ],
)
def test_one_line(terms: dict[str, Any], last_day: date | None, zh: str, en: str) -> None:
    assert describe(Terms(**terms), NAMES, english=False, last_day=last_day) == zh
    assert describe(Terms(**terms), NAMES, english=True, last_day=last_day) == en


SAID: list[tuple[dict[str, Any], str, str]] = [
    (
        {"valid_days": 30, "start_delay_days": 1},
        "领取1天后生效，生效后30天内有效",
        "usable 1 day after claiming, then valid 30 days",
    ),
    ({"valid_days": None, "valid_until": "2026-12-31"}, "2026年12月31日前有效(含当日)", "valid through 2026-12-31"),
    (
        {"valid_days": None, "valid_from": "2026-12-01", "valid_until": "2026-12-31"},
        "2026年12月1日至2026年12月31日有效",
        "valid 2026-12-01 to 2026-12-31",
    ),
    ({"uses": 5}, "可用5次", "good for 5 uses"),
    ({"stores": ("S1",)}, "限江边店", "only at Riverside"),
    ({"channels": ("store", "tmall")}, "限渠道：门店、tmall", "through our stores and tmall"),
    ({"tiers": ("gold",)}, "限金卡会员", "for Gold members"),
    ({"first_purchase_only": True}, "限首次消费", "for your first purchase"),
    ({"categories": ("咖啡", "茶")}, "限品类：咖啡、茶", "for 咖啡 and 茶"),
    ({"skus": ("A-1",)}, "限商品：A-1", "for A-1"),
    ({"not_categories": ("酒",)}, "不含品类：酒", "not for 酒"),
    ({"not_skus": ("A-2", "A-3")}, "不含商品：A-2、A-3", "not for A-2 and A-3"),
    ({"weekdays": (1, 7)}, "周一、周日", "Mondays and Sundays"),
    ({"from_hour": 22, "until_hour": 2}, "22:00–02:00", "22:00–02:00"),
    ({"blackout_dates": ("12-25", "2027-02-06")}, "12-25、2027-02-06不可用", "not on 12-25 and 2027-02-06"),
    ({"exclusive": True}, "不与其他券同用", "not together with other coupons"),
    ({"exclusive_group": "winter"}, "同一活动的券每单限用一张", "one coupon of its offer a bill"),
    ({"with_tier_discount": False}, "不与会员折扣同享", "not together with the tier discount"),
    ({"with_points": False}, "不与积分抵扣同用", "not together with points as money"),
    ({"on_refund": "keep"}, "退款后不退回", "not given back after a refund"),
    ({}, "全额退款后退回", "given back after a full refund"),
    ({"on_refund": "return"}, "退款后退回", "given back after a refund"),
    ({"life_limit": 3}, "每人累计限领3张", "at most 3 for each member"),
    ({"transferable": True}, "可转赠好友", "may be given to a friend"),
]


@pytest.mark.parametrize(("said", "zh", "en"), SAID)
def test_each_sentence(said: dict[str, Any], zh: str, en: str) -> None:
    assert Words(zh, en) in sentences(Terms(**{**AMOUNT, **said}), NAMES)


def test_the_last_day_of_a_copy_takes_the_place_of_the_rule() -> None:
    told = sentences(Terms(**AMOUNT), NAMES, last_day=date(2026, 12, 20))
    assert Words("2026年12月20日前有效(含当日)", "valid through 2026-12-20") in told
    assert not any("领取后" in one.zh for one in told)


def test_no_term_is_kept_from_the_member() -> None:
    # How coupons are counted and ordered is the till's business; what a kind is made of is its headline, above.
    silent = {"rank", "stack_category"}
    headlined = {"kind", "value_fen", "percent_bp", "price_fen", "quantity", "goods", "goods_en", "min_spend_fen"}
    assert {field.name for field in fields(Terms)} == silent | headlined | {key for said, _, _ in SAID for key in said}
