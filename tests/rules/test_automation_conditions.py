"""What may be asked of an automation's event."""

from typing import Any

import pytest

from app.errors import AutomationConditionsInvalid
from app.models.campaign import CAMPAIGN_KINDS
from app.rules import automation_conditions, automation_kinds

FINE: dict[str, dict[str, Any]] = {
    "anniversary": {"years": [1, 100]},
    "welcome": {"channels": ["mini_program"]},
    "after_purchase": {"channels": ["store"], "stores": ["S1"], "categories": ["茶"], "min_paid_fen": 1},
    "points_will_expire": {"min_points": 100},
    "tier_up": {"tiers": ["gold"]},
    "tier_down": {"tiers": ["silver"]},
}


@pytest.mark.parametrize("kind", CAMPAIGN_KINDS)
def test_each_kind_asks_what_is_its_own(kind: str) -> None:
    automation_conditions.check({}, kind=kind)
    for other, conditions in FINE.items():
        foreign = conditions.keys() - FINE.get(kind, {}).keys()
        if not foreign:
            automation_conditions.check(conditions, kind=kind)
            continue
        with pytest.raises(AutomationConditionsInvalid) as caught:
            automation_conditions.check(conditions, kind=kind)
        assert caught.value.data["fields"].keys() >= foreign, other


@pytest.mark.parametrize(
    ("conditions", "fields"),
    [
        ({"min_paid_fen": 0}, {"min_paid_fen": "out_of_range"}),
        ({"min_paid_fen": True}, {"min_paid_fen": "not_a_whole_number"}),
        ({"channels": []}, {"channels": "not_a_list"}),
        ({"channels": ["a\nb"], "stores": "S1"}, {"channels": "not_a_text", "stores": "not_a_list"}),
        ({"nth": 3}, {"nth": "unknown_field"}),
        ({"years": [1]}, {"years": "not_for_this_kind"}),
    ],
)
def test_every_fault_is_named(conditions: dict[str, Any], fields: dict[str, str]) -> None:
    with pytest.raises(AutomationConditionsInvalid) as caught:
        automation_conditions.check(conditions, kind="after_purchase")
    assert caught.value.data["fields"] == fields


def test_nothing_asked_is_bound_as_nothing() -> None:
    bound = automation_conditions.bindings({"stores": ["S1"], "min_points": 9})
    assert bound["ask_stores"] == ["S1"]
    assert bound["ask_channels"] == []
    assert (bound["ask_min_points"], bound["ask_min_paid_fen"]) == (9, 0)


def test_only_what_happens_is_followed_by_the_clock() -> None:
    followed = {kind for kind in automation_kinds.HABITS if automation_kinds.follows_clock(kind, None)}
    assert followed == {"coupon_will_expire", "points_will_expire", "tier_will_drop", "tier_up", "tier_down"}
    assert automation_kinds.follows_clock("welcome", 0)
    assert not automation_kinds.follows_clock("welcome", 1)
