"""Where pushes go, how they misbehave, and what became of them."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify

from sandbox import push_events
from sandbox.control.parsing import BadControl, find_user, page_bounds, read_body
from sandbox.settings import PushTarget, SandboxRefused
from sandbox.world import World

TARGET_FIELDS = {"url", "token", "aes_key", "mode", "format", "account"}
COUNTS = ("duplicate", "bad_signature", "lose", "delay_ms", "retry_pause_ms")
LONGEST_FLUSH_MS = 60_000


def add_routes(blueprint: Blueprint, world: World) -> None:
    _add_target(blueprint, world)
    _add_queue(blueprint, world)

    @blueprint.post("/push/event")
    def push_event() -> Response:
        """Push an event nothing caused: late, repeated or made up. `created_at` is in seconds since the epoch."""
        body = read_body()
        user = find_user(world, body)
        name, items = body.text("event"), body.any("items") or []
        created_at = body.number("created_at", int(world.clock.now()))
        body.done()
        if name not in push_events.WRAPPERS:
            raise BadControl(f"event must be one of {', '.join(push_events.WRAPPERS)}")
        if not isinstance(items, list) or not all(_is_item(item) for item in items):
            raise BadControl("items must be a list of objects with string values")
        world.push.send(push_events.Event(name, user.openid, created_at, tuple(items)))
        return jsonify(world.push.status())


def _is_item(item: object) -> bool:
    return isinstance(item, dict) and all(isinstance(value, str) and key.isalnum() for key, value in item.items())


def _shown(target: PushTarget) -> dict[str, Any]:
    return {
        "url": target.url,
        "mode": target.mode,
        "format": target.format,
        "account": target.account,
        "has_token": bool(target.token),
        "has_aes_key": bool(target.aes_key),
    }


def _add_target(blueprint: Blueprint, world: World) -> None:
    @blueprint.get("/push/config")
    def get_config() -> Response:
        """The target, without its secrets."""
        return jsonify(_shown(world.push.target))

    @blueprint.post("/push/config")
    def set_config() -> Response:
        body = read_body()
        is_official = body.flag("official", False)
        parts = body.only(TARGET_FIELDS)
        body.done()
        if not all(isinstance(value, str) for value in parts.values()):
            raise BadControl("every field must be a string")
        try:
            return jsonify(_shown(world.push.aim(is_official=is_official, **parts)))
        except SandboxRefused as error:
            raise BadControl(str(error)) from None

    @blueprint.post("/push/verify")
    def verify() -> Response:
        """The GET with echostr a new address must pass."""
        if not world.push.target.url:
            raise BadControl("no push url is set")
        answer = world.push.verify()
        return jsonify(accepted=answer.accepted, status=answer.status, error=answer.error)


def _add_queue(blueprint: Blueprint, world: World) -> None:
    @blueprint.post("/push/mischief")
    def mischief() -> Response:
        """Counts apply to the next pushes; `reorder` turns the waiting ones round; `paused` holds all back."""
        body = read_body()
        parts: dict[str, Any] = {name: body.number(name) for name in COUNTS if body.has(name)}
        if body.has("paused"):
            parts["paused"] = body.flag("paused")
        reorder = body.flag("reorder", False)
        body.done()
        world.push.configure(reorder=reorder, **parts)
        return jsonify({**asdict(world.push.mischief), **world.push.status()})

    @blueprint.post("/push/flush")
    def flush() -> Response:
        """Wait until every event was delivered or given up."""
        body = read_body()
        timeout_ms = min(body.number("timeout_ms", 10_000), LONGEST_FLUSH_MS)
        body.done()
        flushed = world.push.flush(timeout_ms / 1000)
        return jsonify({"flushed": flushed, **world.push.status()})

    @blueprint.get("/push/log")
    def log() -> Response:
        after, limit = page_bounds()
        found, more = world.push.log(after=after, limit=limit)
        return jsonify(data=found, has_more=more, next_cursor=found[-1]["seq"] if found else after)

    @blueprint.get("/push")
    def status() -> Response:
        return jsonify({**world.push.status(), "mischief": asdict(world.push.mischief)})
