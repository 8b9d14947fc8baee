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
    Group(
        Pair("触达", "Reach"),
        (
            Item("console_pages.segments.show_list", Pair("人群", "Segments"), "people"),
            Item("console_pages.campaigns.show_list", Pair("活动", "Campaigns"), "megaphone"),
            Item("console_pages.automations.show_list", Pair("自动化", "Automations"), "robot"),
            Item("console_pages.campaign_calendar.show", Pair("活动日历", "Calendar"), "calendar3"),
        ),
    ),
)


def visible() -> list[tuple[Group, list[Item]]]:
    """The groups with what the person signed in may see of them."""
    role = (g.get("person") or {}).get("role")
    shown = [(group, [item for item in group.items if role in item.roles]) for group in MENU]
    return [(group, items) for group, items in shown if items]
