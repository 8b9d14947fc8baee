"""The inbox page: what a user would see in the chat list. zh-CN first, English with ?lang=en; no script."""

import base64
import hashlib
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, render_template, request

from sandbox.clock import CHINA
from sandbox.outbox import Message
from sandbox.world import World

SHOWN = 100
STYLE = (
    "body{margin:0;background:#ededed;color:#191919;font:16px/1.5 system-ui,sans-serif}"
    "main{max-width:30rem;margin:0 auto;padding:1rem}h1{font-size:1.1rem}a{color:#3d6aa8}"
    "ul{list-style:none;padding:0}li{background:#fff;border-radius:.5rem;padding:.8rem 1rem;margin:.8rem 0}"
    "time{display:block;text-align:center;color:#6b6b6b;font-size:.8rem;margin-top:1rem}"
    "h2{font-size:1rem;margin:0 0 .4rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem .8rem;margin:0}"
    "dt{color:#6b6b6b}dd{margin:0;overflow-wrap:anywhere}.page{color:#6b6b6b;font-size:.8rem;margin:.5rem 0 0}"
)
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CSP = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TEXTS = {
    "zh-CN": {
        "title": "服务通知（沙箱）",
        "users": "选择一位用户",
        "none": "还没有消息",
        "nobody": "没有这位用户",
        "opens": "点击打开",
        "back": "全部用户",
        "other": "English",
    },
    "en": {
        "title": "Service messages (sandbox)",
        "users": "Choose a user",
        "none": "No messages yet",
        "nobody": "There is no such user",
        "opens": "Opens",
        "back": "All users",
        "other": "中文",
    },
}


def add_routes(blueprint: Blueprint, world: World) -> None:
    @blueprint.get("/inbox")
    def inbox() -> tuple[Response, int]:
        lang = "en" if request.args.get("lang") == "en" else "zh-CN"
        openid = request.args.get("openid", "")
        user = world.users.find(openid) or world.users.named(openid)
        page: dict[str, Any] = {
            "lang": lang,
            "text": TEXTS[lang],
            "style": STYLE,
            "key": request.args.get("key", ""),
            "openid": openid,
            "user": user,
            "users": [] if openid else world.users.page(after=0, limit=SHOWN)[0],
            "cards": _cards(world, [user.openid, user.official_openid]) if user is not None else [],
        }
        response = Response(render_template("sandbox/inbox.html", **page), content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = CSP
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"  # the address may hold the control key
        response.headers["Cache-Control"] = "no-store"
        return response, 200 if user is not None or not openid else 404


def _cards(world: World, openids: list[str]) -> list[dict[str, Any]]:
    messages = world.outbox.latest(openids, limit=SHOWN)
    return [_card(world, message) for message in messages]


def _card(world: World, message: Message) -> dict[str, Any]:
    template = world.templates.find(message.template_id)
    names = {keyword.key: keyword.name for keyword in template.keywords} if template is not None else {}
    return {
        "at": datetime.fromtimestamp(message.at, CHINA).strftime("%Y-%m-%d %H:%M:%S"),
        "title": template.title if template is not None else message.template_id,
        "lines": [(names.get(key, key), value) for key, value in message.values.items()],
        "page": message.page,
    }
