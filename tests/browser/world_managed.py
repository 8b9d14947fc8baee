"""Stores, people, keys and topics for the pages that manage them, some with names nobody hoped for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.world import World


def add(world: "World", *, hostile: str, long: str) -> None:
    """Everything once."""
    store = world.admin.post("/stores", {"code": "LONG-1", "name": long})
    world.admin.post("/stores", {"code": "HOSTILE-1", "name": hostile})
    person = {"login": "somebody", "role": "clerk", "password": "ten letters", "store_ids": [store["id"]]}
    world.names["staff"] = world.admin.post("/staff", {**person, "display_name": hostile})["id"]
    world.names["topic"] = world.admin.get("/message-topics")["data"][0]["code"]
    world.admin.post("/partner-keys", {"name": hostile, "channel": "browser"})
    world.admin.post("/partner-keys", {"name": long, "channel": "browser", "store_id": store["id"]})
