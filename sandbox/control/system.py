"""Clock, limits, the app itself, tokens and starting over."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify

from sandbox.clock import iso
from sandbox.control.parsing import BadControl, moment, read_body
from sandbox.tokens import PLAIN, STABLE
from sandbox.world import World


def add_routes(blueprint: Blueprint, world: World) -> None:
    _add_clock(blueprint, world)
    _add_settings(blueprint, world)
    _add_tokens(blueprint, world)

    @blueprint.post("/reset")
    def reset() -> Response:
        """Forget everything; `clock: true` sets the clock back to real time as well."""
        body = read_body()
        clock = body.flag("clock", False)
        body.done()
        world.reset()
        if clock:
            world.clock.restart()
        return jsonify(reset=True, clock=clock)


def _clock(world: World) -> dict[str, Any]:
    now = world.clock.now()
    return {"now": now, "iso": iso(now), "offset_seconds": round(world.clock.offset, 3), "frozen": world.clock.frozen}


def _add_clock(blueprint: Blueprint, world: World) -> None:
    @blueprint.get("/clock")
    def get_clock() -> Response:
        return jsonify(_clock(world))

    @blueprint.post("/clock")
    def set_clock() -> Response:
        """`frozen` first, then `set`, then `advance_seconds`."""
        body = read_body()
        target = moment(body.any("set")) if body.has("set") else None
        seconds = body.any("advance_seconds") if body.has("advance_seconds") else 0
        frozen = body.flag("frozen") if body.has("frozen") else None
        body.done()
        _move(world, target=target, seconds=seconds, frozen=frozen)
        return jsonify(_clock(world))

    @blueprint.post("/clock/advance")
    def advance_clock() -> Response:
        body = read_body()
        seconds = body.any("seconds")
        body.done()
        _move(world, target=None, seconds=seconds, frozen=None)
        return jsonify(_clock(world))


def _move(world: World, *, target: float | None, seconds: object, frozen: bool | None) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise BadControl("seconds must be a number")
    if frozen is not None:
        world.clock.freeze(on=frozen)
    try:
        if target is not None:
            world.clock.set(target)
        if seconds:
            world.clock.advance(seconds)
    except (ValueError, OverflowError, OSError):
        raise BadControl("that moment is outside the calendar") from None


def _add_settings(blueprint: Blueprint, world: World) -> None:
    @blueprint.get("/settings")
    def get_settings() -> Response:
        return jsonify(asdict(world.limits))

    @blueprint.post("/settings")
    def change_settings() -> Response:
        body = read_body()
        try:
            world.change_limits(body.all())
        except ValueError as error:
            raise BadControl(f"no such setting, or a value of the wrong type: {error}") from None
        return jsonify(asdict(world.limits))

    @blueprint.get("/app")
    def get_app() -> Response:
        return jsonify(_app(world))

    @blueprint.post("/app")
    def change_app() -> Response:
        body = read_body()
        pay = body.flag("pay_enabled", world.app.pay_enabled)
        pages = body.texts("published_pages", world.app.published_pages)
        body.done()
        world.app.pay_enabled, world.app.published_pages = pay, pages
        return jsonify(_app(world))


def _app(world: World) -> dict[str, Any]:
    return {"appid": world.settings.appid, "oa_appid": world.settings.oa_appid, **asdict(world.app)}


def _add_tokens(blueprint: Blueprint, world: World) -> None:
    @blueprint.get("/tokens")
    def list_tokens() -> Response:
        """Live tokens, shortened: enough to tell them apart."""
        return jsonify(
            tokens=[
                {
                    "value": token.value[:12] + "…",
                    "appid": token.appid,
                    "kind": token.kind,
                    "expires_at": iso(token.expires_at),
                }
                for token in world.tokens.live()
            ]
        )

    @blueprint.post("/tokens/revoke")
    def revoke_tokens() -> Response:
        """Without fields: every live token."""
        body = read_body()
        kind = body.text("kind", "")
        if kind not in ("", PLAIN, STABLE):
            raise BadControl(f"kind must be {PLAIN} or {STABLE}")
        revoked = world.tokens.revoke(
            value=body.text("value", ""), appid=body.text("appid", ""), kind=kind, sticky=body.flag("sticky", False)
        )
        body.done()
        return jsonify(revoked=revoked)
