"""Ordering faults."""

from typing import Any

from flask import Blueprint, Response, jsonify

from sandbox.control.parsing import BadControl, Body, read_body
from sandbox.faults import DROPS, FOREVER
from sandbox.world import World

LONGEST_DELAY_MS = 120_000


def add_routes(blueprint: Blueprint, world: World) -> None:
    @blueprint.post("/faults")
    def add_fault() -> tuple[Response, int]:
        body = read_body()
        parts = _read(body)
        body.done()
        fault = world.faults.add(**parts)
        return jsonify(fault.as_json()), 201

    @blueprint.get("/faults")
    def list_faults() -> Response:
        return jsonify(data=[fault.as_json() for fault in world.faults.rules()])

    @blueprint.delete("/faults")
    def clear_faults() -> Response:
        return jsonify(removed=world.faults.remove())

    @blueprint.delete("/faults/<int:fault_id>")
    def remove_fault(fault_id: int) -> Response:
        if not world.faults.remove(fault_id):
            raise BadControl("no such fault", status=404)
        return jsonify(removed=1)


def _read(body: Body) -> dict[str, Any]:
    path = body.text("path")
    if path != "*" and not path.startswith("/"):
        raise BadControl("path must start with / or be *")
    html = body.flag("html", False)
    errcode = body.number("errcode", least=-10_000_000) if body.has("errcode") else None
    parts: dict[str, Any] = {
        "path": path,
        "times": body.number("times", 1, least=FOREVER),
        "skip": body.number("skip", 0),
        "every": body.number("every", 1, least=1),
        "openid": body.text("openid", ""),
        "template_id": body.text("template_id", ""),
        "errcode": errcode,
        "errmsg": body.text("errmsg", ""),
        "http_status": body.number("http_status", 502 if html else 200, least=200),
        "html": html,
        "body": body.text("body") if body.has("body") else None,
        "content_type": body.text("content_type", ""),
        "after": body.flag("after", False),
    }
    for name in ("delay_ms", "delay_after_ms"):
        parts[name] = min(body.number(name, 0), LONGEST_DELAY_MS)
    for name in ("drop_before", "drop_after"):
        parts[name] = _drop(body, name)
    effects = ("delay_ms", "delay_after_ms", "drop_before", "drop_after", "html")
    if errcode is None and parts["body"] is None and parts["http_status"] == 200 and not any(map(parts.get, effects)):
        raise BadControl("a fault needs an effect: errcode, http_status, html, body, delay_ms or drop")
    if parts["http_status"] > 599 or parts["times"] == 0:
        raise BadControl("http_status must be 200 to 599 and times -1 or at least 1")
    return parts


def _drop(body: Body, name: str) -> str:
    value = body.any(name)
    if value is True:
        return "close"
    if value in (None, False, ""):
        return ""
    if value not in DROPS:
        raise BadControl(f"{name} must be true, {' or '.join(DROPS)}")
    return str(value)
