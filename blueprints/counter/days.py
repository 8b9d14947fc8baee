"""A day at this counter: what it came to, its bills, each to be undone, and all of it as a table."""

from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from blueprints.counter import reasons
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.door import person
from blueprints.pages.words import Pair

bp = APIBlueprint("days", __name__, enable_openapi=False)

UNDONE = Pair("已撤销：券和积分已退回。", "Undone: coupons and points are back.")


@bp.get("/day")
@allow("clerk", "manager")
def show() -> str:
    """Today's bills, or another day's; mine alone when asked."""
    query = _query()
    return render_template(
        "counter/day.html",
        day=api.get("/day", query),
        page=api.get("/checkouts", {**query, "cursor": request.args.get("cursor"), "limit": 20}),
        mine=bool(query.get("mine")),
        can_undo=_can_undo,
        query=query,
    )


@bp.get("/day.csv")
@allow("clerk", "manager")
def download() -> Response:
    """The same as a table."""
    answer = api.call("GET", "/day.csv", query=_query())
    kept = {name: answer.headers[name] for name in ("Content-Type", "Content-Disposition")}
    return Response(answer.body, headers=kept)


@bp.post("/day/undo")
@allow("clerk", "manager")
def undo() -> ResponseReturnValue:
    """Undo a bill of the list, and show the list again."""
    form = request.form
    try:
        path = f"/checkouts/{api.part(form['checkout_id'])}/reversal"
        api.post(path, {"reason": form.get("reason", "").strip()}, key=form["key"])
    except ApiRefusal as refusal:
        if refusal.status == 401:
            raise
        flash(f"{refusal.message} {reasons.detail(refusal.code, refusal.data)}".strip(), "danger")
    else:
        flash(str(UNDONE), "success")
    return redirect(url_for("counter_pages.days.show", **_query()), code=303)


def _query() -> dict[str, Any]:
    given = request.args
    return {"on": given.get("on") or None, "mine": "true" if given.get("mine") else None}


def _can_undo(bill: dict[str, Any]) -> bool:
    """Whether to offer it: a manager any time, others their own while there is time. The API decides."""
    if bill["reversed_at"]:
        return False
    if person()["role"] == "manager":
        return True
    has_time = datetime.fromisoformat(bill["undo_until"]) > clock.utc_now()
    return bool(has_time and bill["clerk_id"] == person()["id"])
