"""Members who can be reached, and a campaign in every state that its pages show differently."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo.people import Customer, WeChat

if TYPE_CHECKING:
    from tests.browser.world import World

PROMOTION = "TPL_PROMOTION_DEMO"
# So many members with an OpenID, consent and permissions; so many without permission.
REACHABLE, UNREACHABLE = 12, 2
# Joining at the same time.
DOORS = 4
TEXTS = {"thing1": "冬季会员日", "thing2": "全场满100减20", "time3": "2026年12月1日 10:00", "thing4": "先到先得"}
RULE: dict[str, Any] = {
    "all": [{"is": "joined_days_ago", "max": 30}, {"any": [{"is": "has_phone"}, {"is": "marketing_consent"}]}]
}


def add_campaigns(world: "World", *, hostile: str, long: str) -> None:
    """Names: campaign (a draft), campaign_review, campaign_paused, campaign_done, automation, segment."""
    # Messages leave whatever the hour this runs at.
    world.admin.patch("/programme", {"quiet_from": "03:00", "quiet_until": "03:00"})
    reachable_members(world)
    marketer, names = world.marketer, world.names
    segment = marketer.post("/segments", {"name": f"{long}老客", "description": hostile, "rule": RULE})
    marketer.post("/segments", {"name": hostile, "rule": {"is": "tag", "any_of": [_tag(world, hostile)]}})
    template = template_id(world, PROMOTION)
    names |= {"segment": segment["id"], "message_template": template}
    names["campaign"] = draft(world, hostile, segment_id=segment["id"], holdout_bp=500)["id"]
    review = draft(world, long)
    marketer.post(f"/campaigns/{review['id']}/submit", None)
    refused = draft(world, "写错了时间的活动")
    marketer.post(f"/campaigns/{refused['id']}/submit", None)
    world.admin.post(f"/campaigns/{refused['id']}/reject", {"reason": hostile})
    names |= {"campaign_review": review["id"], "campaign_refused": refused["id"]}
    paused = draft(world, "下周的预告", scheduled_at=_in(days=7))
    marketer.post(f"/campaigns/{paused['id']}/schedule", None)
    marketer.post(f"/campaigns/{paused['id']}/pause", None)
    done = draft(world, "冬季会员日", scheduled_at=_in(seconds=1), variants=_variants())
    marketer.post(f"/campaigns/{done['id']}/schedule", None)
    automation = draft(world, "欢迎新会员", kind="welcome", scheduled_at=None, days_after=1)
    names |= {"campaign_paused": paused["id"], "campaign_done": done["id"], "automation": automation["id"]}
    draft(
        world,
        "每周会员日",
        kind="recurring",
        scheduled_at=None,
        send_time="10:00",
        repeat={"every": "week", "on": [1, 5]},
    )


def reachable_members(world: "World", *, how_many: int = REACHABLE, besides: int = UNREACHABLE) -> list[Customer]:
    """Join from the mini-program, agree to marketing, and tap "accept" once; some never do."""
    stack = world.stack
    wechat = WeChat(stack.sandbox_url, stack.sandbox_control_key)
    programme = world.admin.get("/programme")
    marketing = {"granted": True, "document_version": programme["marketing_terms_version"]}

    # The local WeChat knows people by their names.
    series = uuid.uuid4().hex[:6]

    def arrive(number: int) -> Customer:
        person = Customer(stack.web_url, wechat, name=f"顾客{series}-{number:03d}")
        person.join(programme["membership_terms_version"])
        person.call("PUT", "/me/consents/marketing", marketing)
        return person

    with ThreadPoolExecutor(DOORS) as doors:
        crowd = list(doors.map(arrive, range(how_many + besides)))
    grants = {"openids": [one.openid for one in crowd[:how_many]], "template_id": PROMOTION, "silent": False}
    wechat.do("/grants", grants)
    return crowd


def draft(world: "World", name: str, **changes: Any) -> Any:
    """A draft of the demo's promotion."""
    body = {
        "name": name,
        "kind": "one_off",
        "message_template_id": world.names["message_template"],
        "field_values": TEXTS,
        "scheduled_at": _in(days=3),
    }
    return world.marketer.post("/campaigns", body | changes)


def template_id(world: "World", wechat_template_id: str) -> str:
    """The id of one of the demo's templates."""
    listed = world.marketer.get("/message-templates", limit=100)["data"]
    return str(next(one["id"] for one in listed if one["wechat_template_id"] == wechat_template_id))


def _variants() -> list[dict[str, Any]]:
    texts = {"thing2": "第二件半价"}
    return [
        {"code": "A", "share_bp": 5_000, "field_values": {}},
        {"code": "B", "share_bp": 5_000, "field_values": texts},
    ]


def _tag(world: "World", name: str) -> str:
    world.marketer.post("/tags", {"name": name})
    return name


def _in(**far: float) -> str:
    return (datetime.now(UTC) + timedelta(**far)).isoformat()
