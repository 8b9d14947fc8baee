"""What forms let people choose from: the API's lists, one page of each, newest first."""

from typing import Any

from blueprints.pages import api
from blueprints.pages.words import is_english

MOST = 100
Choices = list[tuple[str, str]]


def stores() -> Choices:
    """Stores by their code."""
    return [(one["code"], f"{one['name']} ({one['code']})") for one in _page("/stores")]


def tiers() -> Choices:
    """Tiers by their code, lowest first."""
    return [(one["code"], tier_name(one)) for one in _tiers()]


def tier_ranks() -> Choices:
    """Tiers by their rank, lowest first."""
    return [(str(one["rank"]), tier_name(one)) for one in _tiers()]


def tier_name(tier: dict[str, Any]) -> str:
    """In the reader's language."""
    return str(tier["name_en"] if is_english() else tier["name"])


def templates() -> Choices:
    """Coupon templates, the newest version of each."""
    return [(one["id"], f"{one['name']} · {one['words']}") for one in _page("/coupon-templates", is_latest="true")]


def batches(how: str) -> Choices:
    """Active batches that are handed out in one way."""
    return [(one["id"], one["name"]) for one in _page("/coupon-batches", how=how, status="active")]


def member_lists() -> Choices:
    """Lists of members, with their sizes."""
    return [(one["id"], f"{one['name']} ({one['entries']:,})") for one in _page("/member-lists")]


def segments() -> Choices:
    """Segments in use, with the members they had when last counted."""
    return [(one["id"], _sized(one["name"], one["members"])) for one in _page("/segments", is_active="true")]


def payers() -> Choices:
    """Payers that pay for new batches."""
    return [(one["id"], one["name"]) for one in _page("/payers") if one["is_active"]]


def _page(path: str, **query: Any) -> list[dict[str, Any]]:
    return list(api.get(path, {"limit": MOST, **query})["data"])


def _tiers() -> list[dict[str, Any]]:
    return list(api.get("/tiers")["data"])


def _sized(name: str, members: int | None) -> str:
    return name if members is None else f"{name} ({members:,})"


def store_ids() -> Choices:
    """Stores by their id."""
    return [(one["id"], one["name"]) for one in _page("/stores")]
