"""What forms let people choose from: the API's lists, newest first, ten pages of each at most."""

from typing import Any, Final

from blueprints.pages import api
from blueprints.pages.words import is_english, t

# Of one page, and of pages: who has more of anything than this chooses by the newest, and is told so.
MOST: Final = 100
MOST_PAGES: Final = 10
# No id and no code: chosen, the API refuses it.
NOT_LISTED: Final = "-"
Choices = list[tuple[str, str]]


def every(path: str, **query: Any) -> list[dict[str, Any]]:
    """The rows of a list of the API, newest first, as many as somebody may choose among."""
    rows: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next_cursor": None, "has_more": True}
    for _ in range(MOST_PAGES):
        page = api.get(path, {"limit": MOST, **query, "cursor": page["next_cursor"]})
        rows += page["data"]
        if not page["has_more"]:
            break
    return rows


def told(choices: Choices) -> Choices:
    """With a last line saying so where the list ends before the rows do."""
    if len(choices) < MOST * MOST_PAGES:
        return choices
    said = t("—— 只列出最新的 {n} 个 ——", "—— the newest {n} only ——", n=f"{MOST * MOST_PAGES:,}")
    return [*choices, (NOT_LISTED, said)]


def stores() -> Choices:
    """Stores by their code."""
    return told([(one["code"], f"{one['name']} ({one['code']})") for one in every("/stores")])


def tiers() -> Choices:
    """Tiers by their code, lowest first."""
    return [(one["code"], tier_name(one)) for one in _tiers()]


def tier_ranks() -> Choices:
    """Tiers by their rank, lowest first."""
    return [(str(one["rank"]), tier_name(one)) for one in _tiers()]


def tier_name(tier: dict[str, Any]) -> str:
    """In the reader's language."""
    return str(tier["name_en"] if is_english() else tier["name"])


def bill_channels() -> Choices:
    """What bills come through, by its code: every counter, and partners."""
    return _channels("bill")


def join_channels() -> Choices:
    """What people join through, by its code."""
    return _channels("join")


def rewarded_join_channels() -> Choices:
    """Those of them where joining may bring something: whoever a file brought along joined long ago."""
    return [(code, name) for code, name in join_channels() if code != "import"]


def templates() -> Choices:
    """Coupon templates, the newest version of each."""
    return told(
        [(one["id"], f"{one['name']} · {one['words']}") for one in every("/coupon-templates", is_latest="true")]
    )


def batches(how: str) -> Choices:
    """Active batches that are handed out in one way."""
    return told([(one["id"], one["name"]) for one in every("/coupon-batches", how=how, status="active")])


def member_lists() -> Choices:
    """Lists of members, with their sizes."""
    return told([(one["id"], f"{one['name']} ({one['entries']:,})") for one in every("/member-lists")])


def segments() -> Choices:
    """Segments in use, with the members they had when last counted."""
    return told([(one["id"], _sized(one["name"], one["members"])) for one in every("/segments", is_active="true")])


def payers() -> Choices:
    """Payers that pay for new batches."""
    return told([(one["id"], one["name"]) for one in every("/payers") if one["is_active"]])


def _tiers() -> list[dict[str, Any]]:
    return list(api.get("/tiers")["data"])


def _channels(kind: str) -> Choices:
    name = "name_en" if is_english() else "name"
    return [
        (one["code"], f"{one[name]} ({one['code']})") for one in api.get("/channels")["data"] if one["kind"] == kind
    ]


def _sized(name: str, members: int | None) -> str:
    return name if members is None else f"{name} ({members:,})"


def store_ids() -> Choices:
    """Stores by their id."""
    return told([(one["id"], one["name"]) for one in every("/stores")])
