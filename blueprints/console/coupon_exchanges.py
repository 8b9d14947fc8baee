"""The exchange shop: what is offered for points, what was taken, and returning it."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.forms import act
from blueprints.pages.words import Pair

bp = APIBlueprint("coupon_exchanges", __name__, enable_openapi=False)

RECENT = 5


@bp.get("/exchange-shop")
@allow("admin", "auditor", "manager", "marketer")
def show_offers() -> str:
    """What is offered, and what was taken last."""
    return render_template(
        "console/exchange_shop.html",
        offers=api.get("/coupon-batches", {"how": "exchange", "cursor": request.args.get("cursor")}),
        exchanges=api.get("/coupon-exchanges", {"limit": RECENT}),
    )


@bp.get("/coupon-exchanges")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """All that was taken, newest first, of one member or of all."""
    asked = {name: request.args.get(name) for name in ("cursor", "member_id")}
    return render_template("console/coupon_exchanges.html", exchanges=api.get("/coupon-exchanges", asked), asked=asked)


@bp.post("/coupon-exchanges/<uuid:exchange_id>/return")
@allow("admin", "manager")
def take_back(exchange_id: UUID) -> ResponseReturnValue:
    """Return an unused coupon for its points."""
    body = {"reason": request.form.get("reason", "")}
    return act(
        lambda key: api.post(f"/coupon-exchanges/{exchange_id}/return", body, key=key),
        done=Pair("已退回：券作废，积分连同原有效期退还。", "Returned: the coupon is gone, the points are back."),
        to=url_for(".show_list"),
    )
