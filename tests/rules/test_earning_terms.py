"""The grammar of rules: what is accepted comes back the same, what is not is named place by place."""

from typing import Any

import pytest

from app.errors import RuleTermsInvalid
from app.rules.earning_terms import Terms, parse, read

FULL: dict[str, Any] = {
    "kind": "multiplier",
    "factor_bp": 20_000,
    "group": "season",
    "stores": ["HZ001"],
    "channels": ["store"],
    "categories": ["茶"],
    "skus": ["tea-1"],
    "tiers": ["gold"],
    "weekdays": [2],
    "from_hour": 22,
    "until_hour": 2,
    "from_date": "2026-12-01",
    "until_date": "2026-12-31",
    "min_items": 3,
    "min_paid_fen": 10_000,
    "nth_purchase": 1,
    "every_nth": 5,
    "cap_per_bill": 100,
    "cap_per_day": 200,
    "cap_per_member": 1000,
    "pending_days": 7,
    "expiry": "12M@quarter",
}


def test_everything_sayable_is_kept_and_read_back() -> None:
    terms = parse(FULL, event="purchase", ledger="points")
    assert terms.as_json() == {"v": 1, **FULL}
    assert read(terms.as_json()) == terms == parse(terms.as_json(), event="purchase", ledger="points")


def test_what_is_not_said_is_not_stored() -> None:
    terms = parse({"kind": "fixed", "amount": 5, "stores": None}, event="joined", ledger="growth")
    assert terms == Terms(kind="fixed", amount=5)
    assert terms.as_json() == {"v": 1, "kind": "fixed", "amount": 5}


PER_YUAN = {"kind": "per_yuan", "rate": 1}
FIXED = {"kind": "fixed", "amount": 5}


@pytest.mark.parametrize(
    ("terms", "faults"),
    [
        ({}, {"kind": "required"}),
        ({"kind": "percent"}, {"kind": "unknown_kind"}),
        ({"kind": ["fixed"]}, {"kind": "unknown_kind"}),
        ({"kind": "per_yuan"}, {"rate": "required"}),
        ({"kind": "multiplier"}, {"factor_bp": "required"}),
        ({"kind": "fixed"}, {"amount": "required"}),
        ({**FIXED, "v": 2}, {"v": "unknown_grammar"}),
        ({**FIXED, "when": "always"}, {"when": "unknown_field"}),
        ({**PER_YUAN, "amount": 5}, {"amount": "not_for_this_kind"}),
        ({**FIXED, "group": "season"}, {"group": "not_for_this_kind"}),
        ({"kind": "per_yuan", "rate": 1.5}, {"rate": "not_a_whole_number"}),
        ({"kind": "per_yuan", "rate": True}, {"rate": "not_a_whole_number"}),
        ({"kind": "per_yuan", "rate": "1"}, {"rate": "not_a_whole_number"}),
        # Rate times the largest bill must not leave 64 bits.
        ({"kind": "per_yuan", "rate": 1001}, {"rate": "out_of_range"}),
        ({"kind": "per_yuan", "rate": 0}, {"rate": "out_of_range"}),
        ({"kind": "multiplier", "factor_bp": 10_000}, {"factor_bp": "out_of_range"}),
        ({"kind": "multiplier", "factor_bp": 10**30}, {"factor_bp": "out_of_range"}),
        ({"kind": "fixed", "amount": -5}, {"amount": "out_of_range"}),
        ({**FIXED, "cap_per_day": 0}, {"cap_per_day": "out_of_range"}),
        ({**FIXED, "weekdays": [0]}, {"weekdays": "out_of_range"}),
        ({**FIXED, "weekdays": []}, {"weekdays": "not_a_list"}),
        ({**FIXED, "stores": "HZ001"}, {"stores": "not_a_list"}),
        ({**FIXED, "stores": [" "]}, {"stores": "not_a_text"}),
        ({**FIXED, "skus": ["a\x00"]}, {"skus": "not_a_text"}),
        ({**FIXED, "from_hour": 9}, {"until_hour": "required"}),
        ({**FIXED, "from_hour": 9, "until_hour": 9}, {"until_hour": "empty_interval"}),
        ({**FIXED, "from_date": "2026-02-30"}, {"from_date": "not_a_date"}),
        ({**FIXED, "from_date": "20260201"}, {"from_date": "not_a_date"}),
        # Digits, but not those a stored date is compared by.
        ({**FIXED, "from_date": "١٢-٠١"}, {"from_date": "not_a_date"}),
        ({**FIXED, "from_date": "2026-12-02", "until_date": "2026-12-01"}, {"until_date": "empty_interval"}),
        ({**FIXED, "from_date": "12-02", "until_date": "2026-12-01"}, {"until_date": "mixed_dates"}),
        ({**FIXED, "from_date": "12-02"}, {"until_date": "required"}),
        ({**FIXED, "expiry": "soon"}, {"expiry": "not_an_expiry"}),
        ({**FIXED, "expiry": 12}, {"expiry": "not_an_expiry"}),
        ({**FIXED, "years": [1]}, {"years": "only_for_anniversaries"}),
        # Several faults are told at once.
        ({"kind": "fixed", "amount": 0, "colour": "red"}, {"amount": "out_of_range", "colour": "unknown_field"}),
    ],
)
def test_each_fault_is_named(terms: dict[str, Any], faults: dict[str, str]) -> None:
    with pytest.raises(RuleTermsInvalid) as refused:
        parse(terms, event="purchase", ledger="points")
    assert refused.value.data == {"fields": faults}


@pytest.mark.parametrize(
    ("event", "ledger", "terms", "faults"),
    [
        ("check_in", "points", PER_YUAN, {"kind": "only_for_purchases"}),
        ("joined", "points", {**FIXED, "min_items": 2}, {"min_items": "only_for_purchases"}),
        ("joined", "points", {**FIXED, "nth_purchase": 1}, {"nth_purchase": "only_for_purchases"}),
        ("purchase", "growth", {**PER_YUAN, "expiry": "12M"}, {"expiry": "only_for_points"}),
        ("purchase", "growth", {**PER_YUAN, "pending_days": 7}, {"pending_days": "only_for_points"}),
    ],
)
def test_what_has_no_meaning_for_an_event_or_ledger_is_refused(
    event: str, ledger: str, terms: dict[str, Any], faults: dict[str, str]
) -> None:
    with pytest.raises(RuleTermsInvalid) as refused:
        parse(terms, event=event, ledger=ledger)
    assert refused.value.data == {"fields": faults}
