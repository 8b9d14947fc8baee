"""Every condition a rule can have is said, in both languages."""

from dataclasses import fields
from typing import Any

import pytest

from app.rules.earning_terms import Terms
from app.rules.earning_words import Names, Words, amount_of, lifetime, ordinal, sentence, times

NAMES = Names(
    stores={"S1": Words("江边店", "Riverside"), "S2": Words("二店", "Second")},
    tiers={"gold": Words("金卡会员", "Gold")},
)

SENTENCES: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("purchase", "points", {"kind": "per_yuan", "rate": 1}, "每消费 1 元得 1 积分", "1 point for every yuan spent"),
    (
        "purchase",
        "growth",
        {"kind": "per_yuan", "rate": 3, "yuan": 10, "tiers": ("gold",)},
        "每消费 10 元得 3 成长值（限金卡会员）",
        "3 growth for every 10 yuan spent (for Gold members)",
    ),
    (
        "purchase",
        "points",
        {
            "kind": "multiplier",
            "factor_bp": 30_000,
            "weekdays": (2,),
            "from_hour": 14,
            "until_hour": 17,
            "categories": ("咖啡", "茶"),
            "cap_per_bill": 600,
        },
        "消费积分 3 倍（周二，14:00–17:00，限品类：咖啡、茶，每笔最多 600）",
        "3× points on purchases (Tuesdays; 14:00–17:00; for 咖啡 and 茶; at most 600 a purchase)",
    ),
    (
        "purchase",
        "points",
        {"kind": "multiplier", "factor_bp": 15_000, "stores": ("S1", "S2", "S9"), "channels": ("tmall",)},
        "消费积分 1.5 倍（限江边店、二店、S9，限渠道：tmall）",
        "1.5× points on purchases (at Riverside, Second and S9; through tmall)",
    ),
    (
        "purchase",
        "points",
        {"kind": "fixed", "amount": 50, "nth_purchase": 1, "min_paid_fen": 2_050, "pending_days": 7, "expiry": "30D"},
        "首次消费得 50 积分（满 20.50 元，7 天后可用，自获得起 30 天内有效）",
        "50 points for your first purchase (¥20.50 or more; ready to spend after 7 days;"
        " valid for 30 days from the day they are earned)",
    ),
    (
        "purchase",
        "points",
        {"kind": "fixed", "amount": 1, "nth_purchase": 22, "skus": ("A-1",), "min_items": 3, "cap_per_day": 5},
        "第 22 次消费得 1 积分（限商品：A-1，满 3 件，每天最多 5）",
        "1 point for your 22nd purchase (for A-1; 3 items or more; at most 5 a day)",
    ),
    (
        "purchase",
        "points",
        {
            "kind": "fixed",
            "amount": 9,
            "every_nth": 10,
            "from_date": "12-01",
            "until_date": "01-15",
            "cap_per_member": 90,
        },
        "每第 10 次消费得 9 积分（每年 12-01 至 01-15，累计最多 90）",
        "9 points for every 10th purchase (12-01 to 01-15 every year; at most 90 in all)",
    ),
    (
        "anniversary",
        "points",
        {"kind": "fixed", "amount": 88, "years": (1, 3)},
        "入会满 1、3 周年得 88 积分",
        "88 points for 1 and 3 years of membership",
    ),
    (
        "anniversary",
        "points",
        {"kind": "fixed", "amount": 8},
        "每个入会周年得 8 积分",
        "8 points for each year of membership",
    ),
    ("check_in", "growth", {"kind": "fixed", "amount": 1}, "每次签到得 1 成长值", "1 growth for each check-in"),
    ("purchase", "points", {"kind": "fixed", "amount": 2}, "每笔消费得 2 积分", "2 points for each purchase"),
    (
        "purchase",
        "points",
        {"kind": "multiplier", "factor_bp": 20_000, "nth_purchase": 1},
        "消费积分 2 倍（首次消费）",
        "2× points on purchases (your first purchase)",
    ),
    ("joined", "points", {"kind": "fixed", "amount": 20}, "入会得 20 积分", "20 points for joining"),
    (
        "phone_bound",
        "points",
        {"kind": "fixed", "amount": 10, "from_date": "2026-11-01"},
        "绑定手机号得 10 积分（2026-11-01 起）",
        "10 points for adding your phone number (from 2026-11-01)",
    ),
]


@pytest.mark.parametrize(
    ("event", "ledger", "terms", "zh", "en"), SENTENCES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_rule_in_words(event: str, ledger: str, terms: dict[str, Any], zh: str, en: str) -> None:
    assert sentence(Terms(**terms), event=event, ledger=ledger, names=NAMES) == Words(zh, en)


def test_no_term_is_passed_over_in_silence() -> None:
    """A condition added to the grammar without words would promise members more than the rule pays."""
    said = {key for _, _, terms, _, _ in SENTENCES for key in terms}
    # Which of two multipliers of a group counts is the dry run's matter.
    assert {one.name for one in fields(Terms)} - said == {"group"}


@pytest.mark.parametrize(
    ("expiry", "zh", "en"),
    [
        ("never", "永久有效", "they never expire"),
        ("12M", "自获得起 12 个月内有效", "valid for 12 months from the day they are earned"),
        ("1Y@year", "自获得起 1 年，延至当年底", "valid for 1 year, then to the end of that year"),
        ("90D@quarter", "自获得起 90 天，延至当季度末", "valid for 90 days, then to the end of that quarter"),
        ("2027-12-31", "有效期至 2027-12-31", "valid through 2027-12-31"),
    ],
)
def test_a_lifetime_in_words(expiry: str, zh: str, en: str) -> None:
    assert lifetime(expiry) == Words(zh, en)


def test_numbers_in_words() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th",
    ]  # fmt: skip
    assert [times(n) for n in (20_000, 15_000, 12_500, 10_001, 100_000)] == ["2", "1.5", "1.25", "1.0001", "10"]
    assert [amount_of(n) for n in (5, 20_000, 2_050)] == ["0.05", "200", "20.50"]
