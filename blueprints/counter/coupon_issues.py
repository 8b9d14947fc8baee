"""A coupon given to the member in front of the clerk: for a wait, a mishap, a kindness; so many a day, always with a reason."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template, request
from flask.typing import ResponseReturnValue

from blueprints.counter import bills, work
from blueprints.counter.work import Band
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import Pair, t

bp = APIBlueprint("coupon_issues", __name__, enable_openapi=False)

USUAL = (
    Pair("顾客等候太久", "A long wait"),
    Pair("出品有误，已重做", "Made wrongly, made again"),
    Pair("设备或系统故障", "A machine broke down"),
    Pair("照顾老顾客", "A kindness to a regular"),
)


@bp.get("/visits/<uuid:visit_id>/coupon-issues")
@allow("clerk", "manager")
def show(visit_id: UUID) -> ResponseReturnValue:
    """What may be given to whom, and how many more today."""
    return _page(visit_id)


@bp.post("/visits/<uuid:visit_id>/coupon-issues")
@allow("clerk", "manager")
def give(visit_id: UUID) -> ResponseReturnValue:
    """One of them; then the visit goes on with it. Sent twice, it gives once: the form's key says so."""
    form = request.form
    note = form.get("note", "").strip()
    body = {"visit_id": str(visit_id), "batch_id": form.get("batch_id", ""), "note": note}
    try:
        given = api.post("/coupon-issues", body, key=form["key"])
    except ApiRefusal as refusal:
        if refusal.status == 401:
            raise
        return _page(visit_id, band=Band.of_reasoned(refusal, "note"), note=note, status=refusal.status)
    band = Band("good", t("已赠送：{name}", "Given: {name}", name=given["coupon"]["name"]), _next(given["left_today"]))
    return work.show("visit", band=band, **bills.parts_of_visit(visit_id))


def _page(visit_id: UUID, *, band: Band | None = None, note: str = "", status: int = 200) -> ResponseReturnValue:
    """Raises ApiRefusal when the visit is over: then nothing can be given in it."""
    page: dict[str, Any] = {
        "member": api.get(f"/visits/{visit_id}")["member"],
        "offered": api.get("/coupon-issues"),
    }
    values = {"visit_id": visit_id, "band": band, "note": note, "usual": USUAL}
    return render_template("counter/coupon_issues.html", **page, **values), status


def _next(left_today: int) -> str:
    return t(
        "顾客现在就能用。今天您还可以送 {left} 张。",
        "The customer can use it now. You may give {left} more today.",
        left=left_today,
    )
