"""Imports in every state a page shows, a draft ladder, a rule with a planned version."""

import base64
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.browser.world import World

HEADER = "手机号,昵称,生日,等级,积分,标签,门店,入会日期,备注"
# The scheduler looks every second.
PATIENCE_SECONDS = 60


def add(world: "World", *, hostile: str, long: str) -> None:
    """Everything once."""
    good = [f"1391234{n:04d},小雨,03-05,,,老客户,," for n in range(3)]
    bad = ["12,=1+2,02-30,铂金,-1,,没有,2999-01-01", f"13912340000,{long},,,,,,"]
    world.names["import_checked"] = upload(world, [*good, *bad], name=f"{long}.csv")["id"]
    done = upload(world, ["13912350001,阿雨,,,,,,", "13912350002,,,,,,,"], name=hostile)["id"]
    world.admin.post(f"/member-imports/{done}/start", {})
    wait_for(world, done, "done")
    world.names["import_done"] = done
    undone = upload(world, ["13912360001,,,,,,,"], name="撤销.csv")["id"]
    world.admin.post(f"/member-imports/{undone}/start", {})
    wait_for(world, undone, "done")
    world.admin.post(f"/member-imports/{undone}/undo", {"reason": hostile})
    wait_for(world, undone, "undone")
    world.names["import_undone"] = undone
    _ladder(world, hostile=hostile)
    _rule(world, hostile=hostile)
    world.names["badge"] = world.admin.get("/badges")["data"][0]["id"]


def upload(world: "World", lines: list[str], *, name: str) -> dict[str, Any]:
    """A file, and its check waited for."""
    made = world.admin.post(
        "/member-imports",
        {
            "file_name": name[:100],
            "content": base64.b64encode("\r\n".join([HEADER, *lines]).encode()).decode(),
            "consent_source": "纸质入会表，存于总店",
            "consent_version": "paper-2024",
        },
    )
    return wait_for(world, made["id"], "checked")


def wait_for(world: "World", import_id: str, state: str) -> dict[str, Any]:
    """The import once it is in a state."""
    began = time.monotonic()
    while True:
        found: dict[str, Any] = world.admin.get(f"/member-imports/{import_id}")
        if found["state"] == state:
            return found
        assert time.monotonic() - began < PATIENCE_SECONDS, found
        time.sleep(0.3)


def _ladder(world: "World", *, hostile: str) -> None:
    tiers = world.admin.get("/tiers")["data"]
    world.names["tier"] = tiers[-1]["id"]
    # A fifth of what it takes now: somebody goes up.
    thresholds = {tier["code"]: tier["growth_threshold"] // 5 for tier in tiers}
    body = {"name": hostile, "qualification": "lifetime", "thresholds": thresholds}
    world.names["ladder_draft"] = world.admin.post("/ladders", body)["id"]
    ladders = world.admin.get("/ladders")["data"]
    world.names["ladder_active"] = next(one["id"] for one in ladders if one["status"] == "active")


def _rule(world: "World", *, hostile: str) -> None:
    body = {
        "code": "browser_double",
        "event": "purchase",
        "ledger": "points",
        "name": hostile,
        "name_en": hostile,
        "terms": {
            "kind": "multiplier",
            "factor_bp": 20_000,
            "weekdays": [2, 3],
            "tiers": ["gold"],
            "cap_per_bill": 500,
        },
    }
    world.admin.post("/earning-rules", body)
    planned = {**body, "terms": {"kind": "multiplier", "factor_bp": 15_000}, "starts_at": "2999-01-01T00:00:00+08:00"}
    for name in ("code", "event", "ledger"):
        del planned[name]
    world.admin.post("/earning-rules/browser_double/versions", planned)
