"""The doors. `register` hangs each of them with its lock; nothing else is reachable."""

from apiflask import APIFlask
from flask import request

from blueprints import console_api, docs, errors, health, json_bodies, metrics, mini, partner, request_trace, store
from blueprints import wechat_push as wechat
from blueprints.openapi import register as register_openapi

LOCALES = ("zh_CN", "en")


def register(app: APIFlask) -> None:
    """Hang every door on the application."""
    # No page of another origin calls us: an automatic OPTIONS answer would only be one more thing to guard.
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    request_trace.register(app)
    json_bodies.register(app)
    errors.register(app)
    register_openapi(app)
    for door in (mini.bp, store.bp, console_api.bp, partner.bp, wechat.bp, health.bp, metrics.bp, docs.bp):
        app.register_blueprint(door)


def select_locale() -> str:
    """zh-CN unless the client prefers English."""
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"]) if request else None
    return "en" if best == "en" else "zh_CN"
