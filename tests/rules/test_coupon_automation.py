"""What an automation may ask of an event, and when it brings its coupon."""

from typing import Any

import pytest

from app.errors import AutomationConditionsInvalid
from app.models.coupon_automation import COUPON_EVENTS
from app.rules import coupon_automation as rules
from app.rules.coupon_automation import Conditions, Happening
from app.rules.earning_conditions import Line

TEA = Line(line_no=1, amount_fen=6_000, sku="T-1", category="tea")
CAKE = Line(line_no=2, amount_fen=2_000, sku="C-1", category="cake")


def never() -> int:
    raise AssertionError("nobody asked which purchase it is")


def test_every_event_has_its_conditions() -> None:
    assert tuple(rules.BELONGS_TO) == COUPON_EVENTS


@pytest.mark.parametrize(
    ("event", "written", "faults"),
    [
        ("joined", {"streak": 7}, {"streak": "not_for_this_event"}),
        ("joined", {"luck": 1}, {"luck": "unknown_field"}),
        ("anniversary", {"years": [0]}, {"years": "out_of_range"}),
        ("anniversary", {"years": 2}, {"years": "not_a_list"}),
        ("tier_up", {"tiers": []}, {"tiers": "not_a_list"}),
        ("tier_up", {"tiers": [" gold"]}, {"tiers": "not_a_text"}),
        ("purchase", {"min_paid_fen": 0, "nth": True}, {"min_paid_fen": "out_of_range", "nth": "not_a_whole_number"}),
        ("check_in", {}, {"streak": "exactly_one_of_streak_and_monthly_count"}),
        (
            "check_in",
            {"streak": 7, "monthly_count": 10},
            {
                "streak": "exactly_one_of_streak_and_monthly_count",
                "monthly_count": "exactly_one_of_streak_and_monthly_count",
            },
        ),
        ("check_in", {"monthly_count": 32}, {"monthly_count": "out_of_range"}),
    ],
)
def test_every_fault_is_named(event: str, written: dict[str, Any], faults: dict[str, str]) -> None:
    with pytest.raises(AutomationConditionsInvalid) as refused:
        rules.parse(written, event=event)
    assert refused.value.data == {"fields": faults}


def test_what_is_stored_is_read_as_it_was_said() -> None:
    said = rules.parse({"channels": ["webshop", "store", "store"], "nth": None, "min_paid_fen": 5000}, event="purchase")
    assert said.as_json() == {"channels": ["store", "webshop"], "min_paid_fen": 5000}
    assert rules.read(said.as_json()) == said


@pytest.mark.parametrize(
    ("conditions", "happening", "brings"),
    [
        (Conditions(), Happening(nth=never), True),
        (Conditions(channels=("webshop",)), Happening(channel="webshop"), True),
        (Conditions(channels=("store",)), Happening(channel="store:7"), True),
        (Conditions(channels=("webshop",)), Happening(channel="store:7"), False),
        (Conditions(years=(1, 3)), Happening(years=3), True),
        (Conditions(years=(1, 3)), Happening(years=2), False),
        (Conditions(tiers=("gold",)), Happening(tier_code="gold"), True),
        (Conditions(tiers=("gold",)), Happening(tier_code="silver"), False),
        (Conditions(streak=7), Happening(streak=7, monthly_count=3), True),
        (Conditions(streak=7), Happening(streak=8), False),
        (Conditions(monthly_count=10), Happening(streak=7, monthly_count=10), True),
        (Conditions(monthly_count=10), Happening(monthly_count=11), False),
        (Conditions(categories=("tea",)), Happening(lines=(TEA, CAKE)), True),
        (Conditions(categories=("coffee",)), Happening(lines=(TEA, CAKE)), False),
        (Conditions(skus=("C-1",)), Happening(lines=(TEA, CAKE)), True),
        # A bill told without lines names no goods.
        (Conditions(skus=("C-1",)), Happening(lines=(Line(line_no=1, amount_fen=100),)), False),
        (Conditions(min_paid_fen=8_000), Happening(lines=(TEA, CAKE)), True),
        (Conditions(min_paid_fen=8_001), Happening(lines=(TEA, CAKE)), False),
        # Of the goods named, not of the whole bill.
        (Conditions(categories=("tea",), min_paid_fen=6_001), Happening(lines=(TEA, CAKE)), False),
        (Conditions(nth=2), Happening(nth=lambda: 2), True),
        (Conditions(nth=2), Happening(nth=lambda: 3), False),
        # Not even asked when something else fails.
        (Conditions(nth=2, channels=("webshop",)), Happening(channel="till", nth=never), False),
    ],
)
def test_all_conditions_must_hold(conditions: Conditions, happening: Happening, brings: bool) -> None:
    assert rules.holds(conditions, happening) is brings
