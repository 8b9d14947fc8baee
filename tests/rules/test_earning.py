"""What rules pay, as tables: the bill, the terms, the points. Money is written in yuan where a marketer would."""

from datetime import date
from typing import Any

import pytest

from app.rules import earning
from app.rules.earning import Bill, Line, PaidBefore, Rule, Verdict
from app.rules.earning_terms import parse

# A Friday, ten in the morning.
FRIDAY = date(2026, 11, 20)
BASE: dict[str, Any] = {"kind": "per_yuan", "rate": 1}


def rule(code: str, *, ledger: str = "points", event: str = "purchase", **terms: Any) -> Rule:
    return Rule(code=code, ledger=ledger, event=event, terms=parse(terms, event=event, ledger=ledger))


def bill(*fen: int, on: date = FRIDAY, hour: int = 10, **facts: Any) -> Bill:
    lines = tuple(Line(line_no=n, amount_fen=amount) for n, amount in enumerate(fen, start=1))
    return Bill(on=on, hour=hour, **{"lines": lines, **facts})


def pays(verdict: Verdict) -> dict[str, int]:
    return {payment.rule.code: payment.amount for payment in verdict.payments}


def why_not(verdict: Verdict) -> dict[str, str]:
    return {refusal.rule.code: refusal.reason for refusal in verdict.refused}


@pytest.mark.parametrize(
    ("paid_fen", "terms", "points"),
    [
        (12_800, {"rate": 1}, 128),
        (12_899, {"rate": 1}, 128),
        (99, {"rate": 1}, None),
        (150, {"rate": 3}, 4),
        # One point for ten yuan.
        (12_800, {"rate": 1, "yuan": 10}, 12),
        # The largest bill at the largest rate stays far inside 64 bits.
        (1_000_000_000, {"rate": 1000}, 10_000_000_000),
    ],
)
def test_points_per_yuan_round_down_once(paid_fen: int, terms: dict[str, Any], points: int | None) -> None:
    verdict = earning.evaluate([rule("base", kind="per_yuan", **terms)], bill(paid_fen))
    assert pays(verdict).get("base") == points
    assert why_not(verdict) == ({"base": "less_than_one"} if points is None else {})


def test_parts_of_a_yuan_of_several_lines_add_up_before_rounding() -> None:
    assert pays(earning.evaluate([rule("base", **BASE)], bill(199, 199, 102))) == {"base": 5}


@pytest.mark.parametrize(
    ("factor_bp", "extra"), [(20_000, 128), (30_000, 257), (15_000, 64), (12_500, 32), (10_001, None)]
)
def test_a_multiplier_pays_the_extra_over_the_base(factor_bp: int, extra: int | None) -> None:
    verdict = earning.evaluate(
        [rule("base", **BASE), rule("more", kind="multiplier", factor_bp=factor_bp)], bill(12_899)
    )
    assert pays(verdict).get("more") == extra


def test_a_multiplier_covers_only_its_goods_and_needs_a_base() -> None:
    double = rule("double_tea", kind="multiplier", factor_bp=20_000, categories=["茶"])
    lines = (Line(line_no=1, amount_fen=3_000, category="茶"), Line(line_no=2, amount_fen=5_000, category="杯"))
    assert pays(earning.evaluate([rule("base", **BASE), double], bill(lines=lines))) == {"base": 80, "double_tea": 30}
    assert why_not(earning.evaluate([double], bill(lines=lines))) == {"double_tea": "nothing_to_multiply"}
    other = rule("growth", ledger="growth", **BASE)
    assert why_not(earning.evaluate([other, double], bill(lines=lines))) == {"double_tea": "nothing_to_multiply"}


def test_in_a_group_the_best_multiplier_counts_and_groups_add_up() -> None:
    rules = [
        rule("base", **BASE),
        rule("gold", kind="multiplier", factor_bp=15_000, group="tier"),
        rule("night", kind="multiplier", factor_bp=20_000, group="season"),
        rule("winter", kind="multiplier", factor_bp=30_000, group="season"),
    ]
    verdict = earning.evaluate(rules, bill(10_000))
    assert pays(verdict) == {"base": 100, "gold": 50, "winter": 200}
    assert why_not(verdict) == {"night": "better_in_group"}


TEA = Line(line_no=1, amount_fen=3_000, quantity=2, sku="tea-1", category="茶")
CUP = Line(line_no=2, amount_fen=5_000, quantity=1, sku="cup-1", category="杯")
CONDITIONS = [
    # terms, facts that meet them, facts that do not, the word for it
    ({"stores": ["S1"]}, {"store_code": "S1"}, {"store_code": "S2"}, "store"),
    ({"stores": ["S1"]}, {"store_code": "S1"}, {"store_code": None}, "store"),
    ({"channels": ["tmall"]}, {"channel": "tmall"}, {"channel": "store:1"}, "channel"),
    # Every counter.
    ({"channels": ["store"]}, {"channel": "store:12"}, {"channel": "tmall"}, "channel"),
    ({"tiers": ["gold"]}, {"tier_code": "gold"}, {"tier_code": "basic"}, "tier"),
    ({"tiers": ["gold"]}, {"tier_code": "gold"}, {"tier_code": None}, "tier"),
    ({"weekdays": [5]}, {"on": FRIDAY}, {"on": date(2026, 11, 21)}, "weekday"),
    ({"from_hour": 14, "until_hour": 17}, {"hour": 14}, {"hour": 17}, "hour"),
    ({"from_hour": 22, "until_hour": 2}, {"hour": 1}, {"hour": 2}, "hour"),
    ({"from_hour": 22, "until_hour": 2}, {"hour": 23}, {"hour": 21}, "hour"),
    ({"from_hour": 20, "until_hour": 24}, {"hour": 23}, {"hour": 0}, "hour"),
    ({"from_date": "2026-11-20"}, {"on": FRIDAY}, {"on": date(2026, 11, 19)}, "date"),
    ({"until_date": "2026-11-20"}, {"on": FRIDAY}, {"on": date(2026, 11, 21)}, "date"),
    # A winter of every year.
    ({"from_date": "12-01", "until_date": "02-28"}, {"on": date(2027, 1, 5)}, {"on": date(2027, 3, 1)}, "date"),
    ({"from_date": "06-01", "until_date": "08-31"}, {"on": date(2030, 8, 31)}, {"on": date(2030, 9, 1)}, "date"),
    ({"nth_purchase": 1}, {"nth": 1}, {"nth": 2}, "nth_purchase"),
    ({"every_nth": 5}, {"nth": 10}, {"nth": 9}, "nth_purchase"),
    ({"categories": ["茶"]}, {"lines": (TEA,)}, {"lines": (CUP,)}, "goods"),
    ({"skus": ["tea-1"]}, {"lines": (TEA, CUP)}, {"lines": (CUP,)}, "goods"),
    ({"min_items": 3}, {"lines": (TEA, CUP)}, {"lines": (TEA,)}, "min_items"),
    # Of its goods only.
    ({"min_items": 3, "categories": ["茶"]}, {"lines": (TEA, TEA)}, {"lines": (TEA, CUP)}, "min_items"),
    ({"min_paid_fen": 8_000}, {"lines": (TEA, CUP)}, {"lines": (CUP,)}, "min_paid"),
    ({"min_paid_fen": 3_001, "skus": ["tea-1"]}, {"lines": (TEA, TEA)}, {"lines": (TEA, CUP)}, "min_paid"),
]


@pytest.mark.parametrize(("terms", "met", "unmet", "reason"), CONDITIONS)
def test_each_condition_lets_pay_or_says_its_name(
    terms: dict[str, Any], met: dict[str, Any], unmet: dict[str, Any], reason: str
) -> None:
    gift = rule("gift", kind="fixed", amount=20, **terms)
    assert pays(earning.evaluate([gift], bill(**met))) == {"gift": 20}
    verdict = earning.evaluate([gift], bill(**unmet))
    assert (pays(verdict), why_not(verdict)) == ({}, {"gift": reason})


def test_an_anniversary_rule_names_its_years() -> None:
    gift = rule("years", event="anniversary", kind="fixed", amount=100, years=[1, 3])
    assert [pays(earning.evaluate([gift], bill(nth=n))) for n in (1, 2, 3)] == [{"years": 100}, {}, {"years": 100}]


@pytest.mark.parametrize(
    ("caps", "before", "points", "capped_by"),
    [
        ({"cap_per_bill": 50}, (0, 0), 50, "cap_per_bill"),
        ({"cap_per_bill": 500}, (0, 0), 100, None),
        ({"cap_per_day": 120}, (90, 90), 30, "cap_per_day"),
        ({"cap_per_day": 120}, (20, 900), 100, None),
        ({"cap_per_member": 1000}, (0, 950), 50, "cap_per_member"),
        ({"cap_per_day": 120, "cap_per_member": 1000}, (90, 990), 10, "cap_per_member"),
        ({"cap_per_day": 120}, (120, 120), None, "cap_per_day"),
        # A cap that was lowered below what was paid already.
        ({"cap_per_member": 100}, (0, 400), None, "cap_per_member"),
    ],
)
def test_caps_of_bill_day_and_member(
    caps: dict[str, Any], before: tuple[int, int], points: int | None, capped_by: str | None
) -> None:
    paid_before = {"base": PaidBefore(today=before[0], ever=before[1])}
    verdict = earning.evaluate([rule("base", **BASE, **caps)], bill(10_000, paid_before=paid_before))
    if points is None:
        assert why_not(verdict) == {"base": f"{capped_by}_reached"}
    else:
        assert [(one.amount, one.detail["capped_by"]) for one in verdict.payments] == [(points, capped_by)]


def test_the_explanation_goes_line_by_line_in_hundredths() -> None:
    verdict = earning.evaluate(
        [rule("base", **BASE), rule("double", kind="multiplier", factor_bp=15_000)], bill(lines=(TEA, CUP))
    )
    assert [payment.detail for payment in verdict.payments] == [
        {
            "kind": "per_yuan",
            "rate": 1,
            "lines": [{"line_no": 1, "hundredths": 3000}, {"line_no": 2, "hundredths": 5000}],
            "hundredths": 8000,
            "rounded": 80,
            "capped_by": None,
        },
        {
            "kind": "multiplier",
            "factor_bp": 15_000,
            "lines": [{"line_no": 1, "hundredths": 1500}, {"line_no": 2, "hundredths": 2500}],
            "hundredths": 4000,
            "rounded": 40,
            "capped_by": None,
        },
    ]


@pytest.mark.parametrize(
    ("amount", "paid_fen", "refunded_fen", "kept"),
    [
        (128, 12_899, 1, 127),
        (128, 12_899, 6_450, 63),
        (128, 12_899, 12_899, 0),
        (100, 10_000, 5_000, 50),
        (1, 100, 1, 0),
    ],
)
def test_what_stays_after_a_refund_rounds_in_the_shops_favour(
    amount: int, paid_fen: int, refunded_fen: int, kept: int
) -> None:
    assert earning.keep_share(amount, paid_fen=paid_fen, refunded_fen=refunded_fen) == kept


def test_an_unknown_rule_order_changes_nothing() -> None:
    rules = [rule("b", **BASE), rule("a", kind="multiplier", factor_bp=20_000)]
    assert earning.evaluate(rules, bill(10_000)) == earning.evaluate(rules[::-1], bill(10_000))
