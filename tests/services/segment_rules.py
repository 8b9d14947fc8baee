"""Random rules over a world: every question, with numbers near what there is, in groups of every shape."""

import random
from collections.abc import Callable
from typing import Any

from app.models.figure import STAGES
from tests.factories.segment_world import Vocabulary

_BILLS = {"stores": "stores", "channels": "channels", "categories": "categories", "skus": "skus"}
_COPIES = {"batches": "batches", "templates": "templates"}


class Rules:
    """A stream of rules."""

    def __init__(self, chance: random.Random, words: Vocabulary) -> None:
        self.chance = chance
        self.words = {
            "tags": words.tags,
            "stores": words.stores,
            "lists": words.lists,
            "batches": words.batches,
            "templates": words.templates,
            "channels": ["store", "web", "app", "store:1", "%"],
            "categories": ["drink", "food", "none"],
            "skus": ["latte", "cake", "none"],
            "topics": ["promotion", "birthday", "service"],
        }

    def rule(self, depth: int = 3) -> dict[str, Any]:
        """A question, or a group of rules."""
        if depth == 0 or self.chance.random() < 0.3:
            return self.question()
        how = self.chance.choice(("all", "any", "not"))
        if how == "not":
            return {"not": self.rule(depth - 1)}
        return {how: [self.rule(depth - 1) for _ in range(self.chance.randint(1, 4))]}

    def question(self, kind: str | None = None) -> dict[str, Any]:
        """One question, of a kind or of any."""
        kind = kind or self.chance.choice(list(QUESTIONS))
        return {"is": kind, **QUESTIONS[kind](self)}

    def some(self, name: str) -> list[str]:
        return self.pick(self.words[name])

    def pick(self, values: list[Any]) -> list[Any]:
        return self.chance.sample(values, self.chance.randint(1, min(2, len(values))))

    def range(self, *values: int, must: bool = True) -> dict[str, int]:
        low, high = sorted(self.chance.choice(values) for _ in range(2))
        ends = [{"min": low}, {"max": high}, {"min": low, "max": high}, {}]
        return self.chance.choice(ends[:3] if must else ends)

    def asides(self, names: dict[str, str], *, days: tuple[int, ...] = ()) -> dict[str, Any]:
        said = {told: self.some(name) for told, name in names.items() if self.chance.random() < 0.3}
        return {**said, "days": self.chance.choice(days)} if days and self.chance.random() < 0.7 else said


def _any(name: str) -> Callable[[Rules], dict[str, Any]]:
    return lambda rules: {"any_of": rules.some(name)}


def _of(*values: Any) -> Callable[[Rules], dict[str, Any]]:
    return lambda rules: {"any_of": rules.pick(list(values))}


def _range(*values: int) -> Callable[[Rules], dict[str, Any]]:
    return lambda rules: rules.range(*values)


def _count(names: dict[str, str], *days: int) -> Callable[[Rules], dict[str, Any]]:
    return lambda rules: {**rules.range(0, 1, 2, 3, must=False), **rules.asides(names, days=days)}


def _dates(rules: Rules) -> dict[str, Any]:
    first, last = sorted(f"2026-{rules.chance.randint(1, 11):02d}-{rules.chance.randint(1, 28):02d}" for _ in range(2))
    return rules.chance.choice([{"from": first}, {"until": last}, {"from": first, "until": last}])


QUESTIONS: dict[str, Callable[[Rules], dict[str, Any]]] = {
    "joined_on": _dates,
    "joined_days_ago": _range(0, 1, 30, 200, 399),
    "joined_channel": _of("mini", "counter", "none"),
    "joined_store": _any("stores"),
    "birthday_month": _of(1, 2, 3, 6, 11, 12),
    "birthday_this_month": lambda _: {},
    "has_birthday": lambda _: {},
    "has_phone": lambda _: {},
    "locale": _of("zh_CN", "en", "fr"),
    "marketing_consent": lambda _: {},
    "tag": _any("tags"),
    "member_list": _any("lists"),
    "tier": _of("basic", "silver", "gold", "none"),
    "points_balance": _range(0, 1, 50, 100, 150, 200),
    "points_expiring": lambda rules: {
        **rules.range(0, 1, 50, 100, must=False),
        "days": rules.chance.choice((0, 1, 5, 9)),
    },
    "growth": _range(0, 10, 600, 3_000),
    "lifecycle": _of(*STAGES),
    "recency_score": _range(1, 2, 3, 4, 5),
    "frequency_score": _range(1, 2, 3, 4, 5),
    "money_score": _range(1, 2, 3, 4, 5),
    "last_purchase_days_ago": _range(0, 1, 30, 60, 129),
    "purchases": _count(_BILLS, 1, 2, 30, 60, 3_650),
    "spent_fen": lambda rules: {**rules.range(0, 100, 900, 1_000, 6_000), **rules.asides(_BILLS, days=(1, 30, 90))},
    "last_check_in_days_ago": _range(0, 1, 10, 39),
    "check_ins": _count({}, 1, 2, 20, 40),
    "coupons_held": _count(_COPIES),
    "coupons_expiring": lambda rules: {
        **rules.range(0, 1, 2, must=False),
        **rules.asides(_COPIES),
        "days": rules.chance.choice((0, 1, 3, 7, 40)),
    },
    "coupons_redeemed": _count(_COPIES, 1, 2, 10, 20),
    "messages_sent": _count({"topics": "topics"}, 1, 2, 10, 30),
    "messages_opened": _count({"topics": "topics"}, 1, 2, 10, 30),
}
