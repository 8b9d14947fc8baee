"""Stages of a member's life, at the edges of every threshold."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.errors import LifecycleInvalid
from app.rules import lifecycle
from app.rules.lifecycle import Figures, Thresholds

TODAY = date(2026, 11, 20)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def bought(last: int, *, first: int = 300, returned: int | None = None, year: int = 1) -> Figures:
    return Figures(
        joined_on=ago(400),
        first_purchase_on=ago(first),
        last_purchase_on=ago(last),
        returned_on=None if returned is None else ago(returned),
        purchases_year=year,
    )


@pytest.mark.parametrize(
    ("figures", "stage"),
    [
        (Figures(joined_on=TODAY), "new"),
        (Figures(joined_on=ago(60)), "new"),
        (Figures(joined_on=ago(61)), "at_risk"),
        (Figures(joined_on=ago(366)), "lost"),
        (bought(0, first=0), "new"),
        (bought(0, first=30), "new"),
        (bought(0, first=31), "active"),
        (bought(60), "active"),
        (bought(61), "at_risk"),
        (bought(120), "at_risk"),
        (bought(121), "lapsed"),
        (bought(365), "lapsed"),
        (bought(366), "lost"),
        (bought(5, year=6), "loyal"),
        (bought(5, year=5), "active"),
        (bought(5, first=5, year=6), "loyal"),
        (bought(61, year=6), "at_risk"),
        (bought(0, returned=0), "won_back"),
        (bought(0, returned=60, year=9), "won_back"),
        (bought(0, returned=61, year=9), "loyal"),
        (bought(61, returned=61), "at_risk"),
    ],
)
def test_stages_at_their_edges(figures: Figures, stage: str) -> None:
    assert lifecycle.stage_of(figures, thresholds=Thresholds(), today=TODAY) == stage


@pytest.mark.parametrize(
    ("written", "faults"),
    [
        ({"days": 3}, {"days": "unknown_field"}),
        ({"new_days": 0}, {"new_days": "out_of_range"}),
        ({"new_days": True}, {"new_days": "not_a_whole_number"}),
        ({"lapsed_days": 60}, {"lapsed_days": "not_after_at_risk_days"}),
        ({"lost_days": 120}, {"lost_days": "not_after_lapsed_days"}),
    ],
)
def test_thresholds_that_divide_nothing_are_refused(written: dict[str, Any], faults: dict[str, str]) -> None:
    with pytest.raises(LifecycleInvalid) as refused:
        lifecycle.parse(written)
    assert refused.value.data == {"fields": faults}


def test_a_shop_says_only_what_differs() -> None:
    assert lifecycle.parse({"lost_days": 700}) == Thresholds(lost_days=700)
