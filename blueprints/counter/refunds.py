"""Money given back on a bill of this store, by its manager: chosen from a day's bills, looked at first, with a reason."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.counter import typed
from blueprints.counter.typed import NotYuan
from blueprints.counter.work import Band
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import Pair, number, t, today, yuan

bp = APIBlueprint("refunds", __name__, enable_openapi=False)

NOT_YUAN = Pair(
    "金额没有看懂，请输入如 58 或 58.50；不填就是全部。",
    "This is no amount; type it as 58 or 58.50, or nothing for all.",
)
USUAL = (
    Pair("商品有质量问题", "Something was wrong with the goods"),
    Pair("顾客退货", "The customer brought it back"),
    Pair("多收了钱", "Too much was charged"),
    Pair("没有货了", "It was sold out"),
)


@bp.get("/refunds")
@allow("manager")
def show_list() -> str:
    """The day's bills, with what was given back on each."""
    query = {"on": request.args.get("on"), "cursor": request.args.get("cursor"), "limit": 20}
    return render_template(
        "counter/refunds.html", page=api.get("/purchases", query), on=request.args.get("on") or today()
    )


@bp.get("/refunds/<uuid:purchase_id>")
@allow("manager")
def show(purchase_id: UUID) -> ResponseReturnValue:
    """What giving back all that is left, or the amount asked about, would do."""
    written = request.args.get("amount", "")
    try:
        fen = typed.read_fen(written)
    except NotYuan:
        return _page(purchase_id, None, band=Band("warn", NOT_YUAN), written=written, status=422)
    try:
        return _page(purchase_id, fen, written=written)
    except ApiRefusal as refusal:
        if fen is None or refusal.status == 401:
            raise
        return _page(purchase_id, None, band=Band.of(refusal), written=written, status=refusal.status)


@bp.post("/refunds/<uuid:purchase_id>")
@allow("manager")
def give_back(purchase_id: UUID) -> ResponseReturnValue:
    """Exactly what stood there. Sent twice, it acts once: the form's key says so."""
    form = request.form
    reason = form.get("reason", "").strip()
    # Never None, which is all of it: an amount that cannot be read gives nothing back.
    body = {"amount_fen": typed.whole(form.get("amount_fen", "")), "reason": reason}
    try:
        done = api.post(f"/purchases/{purchase_id}/refunds", body, key=form["key"])
    except ApiRefusal as refusal:
        if refusal.status == 401:
            raise
        return _page(purchase_id, None, band=Band.of_reasoned(refusal, "reason"), reason=reason, status=refusal.status)
    flash(_told(done), "success")
    return redirect(url_for(".show_list", on=form.get("on") or None), code=303)


def _page(
    purchase_id: UUID, fen: int | None, *, band: Band | None = None, status: int = 200, **values: Any
) -> ResponseReturnValue:
    """Raises ApiRefusal when there is nothing to give back."""
    told = api.get(f"/purchases/{purchase_id}/refund-preview", {"amount_fen": fen})
    on = request.values.get("on")
    return render_template("counter/refund.html", told=told, band=band, usual=USUAL, on=on, **values), status


def _told(done: dict[str, Any]) -> str:
    return t(
        "已登记退款 {amount}，收回积分 {points}、成长值 {growth}。请把钱退给顾客。",
        "A refund of {amount} is booked; {points} points and {growth} growth were taken back. Hand the money over.",
        amount=yuan(done["amount_fen"]),
        points=number(done["points_taken_back"]),
        growth=number(done["growth_taken_back"]),
    )
