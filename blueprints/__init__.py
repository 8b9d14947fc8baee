"""The doors. `register` hangs each of them with its lock; nothing else is reachable."""

from apiflask import APIFlask

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
    quick_answers,
    request_trace,
    store,
    unsubscribe,
)
from blueprints import wechat_push as wechat
from blueprints.mini.quick_claim import QuickClaim
from blueprints.openapi import register as register_openapi
from blueprints.store.quick_checkout import QuickCheckout
from blueprints.store.quick_scan import QuickScan


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
    quick_answers.register(app, QuickScan(app), QuickClaim(app), QuickCheckout(app))
