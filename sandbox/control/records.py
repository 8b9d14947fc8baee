"""What the sandbox saw: outbox, calls, counters and the true rate."""

from flask import Blueprint, Response, jsonify, request

from sandbox.control.parsing import PAGE_LIMIT, BadControl, page_bounds, query_number
from sandbox.world import World


def add_routes(blueprint: Blueprint, world: World) -> None:
    _add_outbox(blueprint, world)
    _add_calls(blueprint, world)


def _add_outbox(blueprint: Blueprint, world: World) -> None:
    @blueprint.get("/outbox")
    def outbox() -> Response:
        """Accepted messages, oldest first; `next_cursor` is the last seq given."""
        after, limit = page_bounds()
        found, more = world.outbox.page(
            after=after,
            limit=limit,
            openid=request.args.get("openid", ""),
            template_id=request.args.get("template_id", ""),
        )
        return jsonify(
            data=[message.as_json() for message in found],
            has_more=more,
            next_cursor=found[-1].seq if found else after,
            total=world.outbox.total,
            first_kept=world.outbox.first_kept,
        )

    @blueprint.get("/outbox/counts")
    def outbox_counts() -> Response:
        """Messages per (openid, template); `least=2` finds those who got one twice."""
        return jsonify(
            world.outbox.counts(
                openid=request.args.get("openid", ""),
                template_id=request.args.get("template_id", ""),
                least=max(1, query_number("least", 1)),
                limit=query_number("limit", 100, most=PAGE_LIMIT),
            )
        )


def _add_calls(blueprint: Blueprint, world: World) -> None:
    @blueprint.get("/calls")
    def calls() -> Response:
        after, limit = page_bounds()
        found, more = world.calls.page(
            after=after, limit=limit, path=request.args.get("path", ""), openid=request.args.get("openid", "")
        )
        return jsonify(
            data=[entry.as_json() for entry in found], has_more=more, next_cursor=found[-1].seq if found else after
        )

    @blueprint.get("/counters")
    def counters() -> Response:
        """Calls by path and outcome, and how many of everything is held."""
        return jsonify(
            calls=world.calls.counters(),
            users=len(world.users),
            tokens=len(world.tokens.live()),
            messages=world.outbox.total,
            push=world.push.status(),
        )

    @blueprint.get("/rate")
    def rate() -> Response:
        """The most calls of one path in any sliding window (one second unless `window_ms` says otherwise)."""
        path = request.args.get("path", "")
        if not path.startswith("/"):
            raise BadControl("path is missing")
        window_ms = query_number("window_ms", 1000)
        if not window_ms:
            raise BadControl("window_ms must be at least 1")
        return jsonify(world.calls.rate(path, window_ns=window_ms * 1_000_000))

    @blueprint.post("/rate/reset")
    def reset_rate() -> Response:
        world.calls.reset_rate()
        return jsonify(reset=True)
