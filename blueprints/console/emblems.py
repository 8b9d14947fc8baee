"""What emblems of badges and tiers are called in a form."""

from typing import Final

from wtforms.fields.choices import SelectChoice

from app.rules.badge_art import EMBLEMS
from blueprints.console.typed_fields import listed
from blueprints.pages.words import Pair

NAMES: Final[dict[str, Pair]] = {
    "sprout": Pair("嫩芽", "Sprout"),
    "leaf": Pair("叶子", "Leaf"),
    "star": Pair("星星", "Star"),
    "crown": Pair("皇冠", "Crown"),
    "bag": Pair("购物袋", "Bag"),
    "cup": Pair("杯子", "Cup"),
    "gem": Pair("宝石", "Gem"),
    "compass": Pair("指南针", "Compass"),
    "flame": Pair("火焰", "Flame"),
    "calendar": Pair("日历", "Calendar"),
    "heart": Pair("爱心", "Heart"),
}


def choices() -> list[SelectChoice]:
    """All there are, by their names."""
    return listed((one, NAMES[one]) for one in EMBLEMS)
