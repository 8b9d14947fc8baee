"""The doors. `register` hangs each of them with its lock; nothing else is reachable."""

import secrets
import time

from apiflask import APIFlask
from flask import Response, g, request

from blueprints import console_api, errors, mini, store
from blueprints.docs import bp as docs
from blueprints.health import bp as health
from blueprints.metrics import bp as metrics
from blueprints.metrics import count_response
from blueprints.wechat_push import bp as wechat_push

LOCALES = ("zh_CN", "en")
REQUEST_ID_LENGTH = 64


def register(app: APIFlask) -> None:
    """Hang every door on the application."""
    app.before_request(_begin)
    app.after_request(_finish)
    errors.register(app)
    for door in (mini.bp, store.bp, console_api.bp, wechat_push, health, metrics, docs):
        app.register_blueprint(door)


def select_locale() -> str:
    """zh-CN unless the client prefers English."""
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"]) if request else None
    return "en" if best == "en" else "zh_CN"


def _begin() -> None:
    # Ours unless the balancer in front already named it; only plain characters, so that no log line can be forged.
    given = request.headers.get("X-Request-Id", "")
    plain = given.isascii() and given.replace("-", "").isalnum() and len(given) <= REQUEST_ID_LENGTH
    g.request_id = given if plain else secrets.token_hex(8)
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    response.headers["Referrer-Policy"] = "no-referrer"
    return count_response(response)
