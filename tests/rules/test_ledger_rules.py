"""Pure decisions about lots, streaks, tiers and badges, as tables."""

from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from app.errors import InsufficientPoints
from app.rules import badge_art, lots, streak, tier_ladder
from app.rules.lots import LotTake, OpenLot

SOON, LATE = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 12, 1, tzinfo=UTC)
LOTS = [OpenLot(1, 10, None), OpenLot(2, 10, LATE), OpenLot(3, 10, SOON), OpenLot(4, 10, SOON)]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (5, [(3, 5)]),
        (10, [(3, 10)]),
        (25, [(3, 10), (4, 10), (2, 5)]),
        (40, [(3, 10), (4, 10), (2, 10), (1, 10)]),
    ],
)
def test_lots_pay_soonest_expiring_first_then_oldest(amount: int, expected: list[tuple[int, int]]) -> None:
    assert lots.take(LOTS, amount=amount) == [LotTake(*pair) for pair in expected]


def test_a_shortage_takes_nothing() -> None:
    with pytest.raises(InsufficientPoints):
        lots.take(LOTS, amount=41)


def test_named_lots_go_first() -> None:
    assert lots.take_up_to(LOTS, amount=12, first=frozenset({1}))[0] == [LotTake(1, 10), LotTake(3, 2)]


def test_streaks() -> None:
    bonus = {"3": 5, "7": 20}
    assert [streak.next_streak(None), streak.next_streak(6)] == [1, 7]
    worths = [streak.worth(n, month_count=n, base=5, streak_bonus=bonus, monthly_bonus={"7": 50}) for n in (1, 3, 7, 8)]
    assert [worth.total for worth in worths] == [5, 10, 75, 5]
    assert [streak.next_bonus(n, bonus=bonus) for n in (0, 3, 7)] == [(3, 5), (7, 20), None]


@dataclass
class Rung:
    growth_threshold: int


def test_ladder_edges() -> None:
    rungs = [Rung(0), Rung(200), Rung(1000)]
    found = [tier_ladder.standing(rungs, growth=g) for g in (0, 199, 200, 999, 1000, 10**9)]
    assert [(here.growth_threshold, above and above.growth_threshold) for here, above in found] == [
        (0, 200),
        (0, 200),
        (200, 1000),
        (200, 1000),
        (1000, None),
        (1000, None),
    ]
    assert [tier_ladder.progress_bp(g, here=200, above=1000) for g in (200, 600, 999)] == [0, 5000, 9987]
    assert tier_ladder.progress_bp(5, here=0, above=None) == 10_000


@pytest.mark.parametrize("emblem", [*badge_art.EMBLEMS, "unknown"])
def test_a_badge_is_well_formed_and_carries_no_script(emblem: str) -> None:
    svg = badge_art.badge_svg(name="<script>alert(1)</script>&", colour="#123456", emblem=emblem)
    tree = ET.fromstring(svg)  # noqa: S314
    assert tree.attrib["viewBox"] == "0 0 240 240"
    assert not [node for node in tree.iter() if node.tag.endswith("script")]
