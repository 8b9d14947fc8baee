"""What the pages of members have to show: one with everything, two to be merged, wishes, tags, lists, corrections that wait."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.world import World

ABOVE_EVERYBODYS_LIMIT = 900_000


def add(world: "World", *, hostile: str, long: str) -> None:
    """Write all of it through the API, what people type hostile here and there."""
    by, names = world.admin, world.names
    found = by.get("/members", limit=5)["data"]
    names["other_member"], names["leaving_member"] = found[1]["id"], found[2]["id"]
    for text in ("喜欢少糖，靠窗的座位", hostile, long):
        by.post(f"/members/{names['member']}/notes", {"note": text})
    tags = [by.post("/tags", {"name": text})["id"] for text in ("常客（测试）", f"贴 {hostile}", f"标{long}")]
    for tag in tags:
        by.post(f"/tags/{tag}/members", {"members": [names["member"]]})
    names["tag"], names["hostile_tag"] = tags[0], tags[1]
    names["empty_tag"] = by.post("/tags", {"name": "还没有人"})["id"]
    names["list"] = by.post("/member-lists", {"name": f"开业邀请 {hostile}"})["id"]
    by.post(f"/member-lists/{names['list']}/entries", {"members": [one["id"] for one in found]})
    for amount, reason in (
        (ABOVE_EVERYBODYS_LIMIT, hostile),
        (-ABOVE_EVERYBODYS_LIMIT, long),
        (ABOVE_EVERYBODYS_LIMIT, "等候太久，致歉"),
    ):
        body = {"member_id": names["member"], "ledger": "points", "amount": amount, "reason_code": "goodwill"}
        by.post("/adjustments", {**body, "reason": reason})
    by.post(f"/members/{names['leaving_member']}/erasure", {"reason": f"来电要求 {hostile}"})
