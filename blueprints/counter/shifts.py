"""Shifts: begun, handed over with what they came to, taken over by the next person."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.counter import reasons, typed
from blueprints.counter.typed import NotYuan
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.door import person
from blueprints.pages.words import Pair

bp = APIBlueprint("shifts", __name__, enable_openapi=False)

BEGUN = Pair("已开班。", "The shift has begun.")
CLOSED = Pair("已交班，等待同事接班。", "Closed; it waits for a colleague to take over.")
TAKEN = Pair("已接班。", "Taken over.")
NOT_YUAN = Pair("清点金额没有看懂，请输入如 1280.50。", "The count is no amount; type it as 1280.50.")


@bp.get("/shift")
@allow("clerk", "manager")
def show() -> str:
    """My shift, those that wait for somebody, and those before."""
    page = api.get("/shifts", {"cursor": request.args.get("cursor"), "limit": 20})
    return render_template(
        "counter/shift.html",
        mine=api.get("/shifts/current")["shift"],
        page=page,
        waiting=[one for one in page["data"] if one["closed_at"] and not one["acknowledged_at"]],
        is_own=lambda one: one["person_id"] == person()["id"],
    )


@bp.post("/shift")
@allow("clerk", "manager")
def begin() -> ResponseReturnValue:
    """Begin mine."""
    return _do("/shifts", None, BEGUN)


@bp.post("/shift/<uuid:shift_id>/close")
@allow("clerk", "manager")
def close(shift_id: UUID) -> ResponseReturnValue:
    """Hand mine over."""
    try:
        counted = typed.read_fen(request.form.get("counted"))
    except NotYuan:
        flash(str(NOT_YUAN), "danger")
        return _back()
    body = {"counted_fen": counted, "note": request.form.get("note", "").strip()}
    return _do(f"/shifts/{shift_id}/closing", body, CLOSED)


@bp.post("/shift/<uuid:shift_id>/acknowledge")
@allow("clerk", "manager")
def acknowledge(shift_id: UUID) -> ResponseReturnValue:
    """Take a colleague's over."""
    body = {"reply": request.form.get("reply", "").strip()}
    return _do(f"/shifts/{shift_id}/acknowledgement", body, TAKEN)


def _do(path: str, body: Any, done: Pair) -> ResponseReturnValue:
    try:
        api.post(path, body, key=request.form["key"])
    except ApiRefusal as refusal:
        if refusal.status == 401:
            raise
        flash(f"{refusal.message} {reasons.detail(refusal.code, refusal.data)}".strip(), "danger")
    else:
        flash(str(done), "success")
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("counter_pages.shifts.show"), code=303)
