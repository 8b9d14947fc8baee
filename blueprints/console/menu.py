"""The console's menu: a group, and in it pages with the roles that see them."""

from dataclasses import dataclass

from flask import g

from blueprints.pages.words import Pair

ALL = frozenset({"admin", "auditor", "manager", "marketer"})


@dataclass(frozen=True)
class Item:
    """One page of the menu."""

    endpoint: str
    name: Pair
    icon: str
    roles: frozenset[str] = ALL


@dataclass(frozen=True)
class Group:
    """Pages that belong together."""

    name: Pair
    items: tuple[Item, ...]


MENU: tuple[Group, ...] = (
    Group(Pair("总览", "Overview"), (Item("console_pages.home.show", Pair("首页", "Home"), "speedometer2"),)),
)


def visible() -> list[tuple[Group, list[Item]]]:
    """The groups with what the person signed in may see of them."""
    role = (g.get("person") or {}).get("role")
    shown = [(group, [item for item in group.items if role in item.roles]) for group in MENU]
    return [(group, items) for group, items in shown if items]
