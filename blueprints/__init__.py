"""The doors. `register` hangs each of them with its lock; nothing else is reachable."""

from functools import lru_cache

from apiflask import APIFlask
from babel import Locale
from flask import request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from blueprints import (
    console,
    console_api,
    counter,
    docs,
    errors,
    health,
    json_bodies,
    metrics,
    mini,
    official_push,
    pages,
    partner,
    request_trace,
    store,
    unsubscribe,
)
from blueprints import wechat_push as wechat
from blueprints.openapi import register as register_openapi
from blueprints.pages.look import chosen_language
from blueprints.pages.page_session import is_page

# Read once: looking a locale up by its name takes longer than some requests.
CHINESE, ENGLISH = Locale.parse("zh_CN"), Locale.parse("en")


def register(app: APIFlask) -> None:
    """Hang every door on the application."""
    # No page of another origin calls us: an automatic OPTIONS answer would only be one more thing to guard.
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    request_trace.register(app)
    json_bodies.register(app)
    errors.register(app)
    register_openapi(app)
    pages.register(app)
    for door in (
        mini.bp,
        store.bp,
        console_api.bp,
        partner.bp,
        wechat.bp,
        official_push.bp,
        unsubscribe.bp,
        health.bp,
        metrics.bp,
        docs.bp,
        console.bp,
        counter.bp,
    ):
        app.register_blueprint(door)


def select_locale() -> Locale:
    """zh-CN unless the client prefers English, or a reader of the pages chose."""
    if not request:
        return CHINESE
    chosen = chosen_language() if is_page(request.path) else None
    if chosen is not None:
        return ENGLISH if chosen == "en" else CHINESE
    return _best(request.headers.get("Accept-Language", ""))


@lru_cache(maxsize=256)
def _best(accepted: str) -> Locale:
    # Millions of phones send one of a few dozen lists.
    languages = parse_accept_header(accepted, LanguageAccept)
    return ENGLISH if languages.best_match(["zh-CN", "zh", "en"]) == "en" else CHINESE
