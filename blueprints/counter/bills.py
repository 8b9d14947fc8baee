"""A bill in a visit: what applies and why not, settled in one press, undone with a reason."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue

from blueprints.counter import typed, work
from blueprints.counter.typed import NotYuan
from blueprints.counter.work import Band
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import Pair, t, yuan

bp = APIBlueprint("bills", __name__, enable_openapi=False)

NOT_YUAN = Pair("金额没有看懂，请输入如 58 或 58.50。", "This is no amount; type it as 58 or 58.50.")
NOTHING = Pair("请输入账单金额，或选择一张礼品券。", "Type the bill, or choose a coupon for a gift.")
UNDONE = Pair("已撤销：券和积分已退回。", "Undone: coupons and points are back.")
NOTES_SHOWN = 3


@bp.post("/quote")
@allow("clerk", "manager")
def quote() -> ResponseReturnValue:
    """What the bill comes to, with the best set of coupons or the chosen ones."""
    form = request.form
    chosen = form.getlist("coupons") if form.get("chosen") else None
    try:
        return quoted(form["visit_id"], form.get("bill", ""), chosen=chosen, points=form.get("points", ""))
    except ApiRefusal as refusal:
        # The visit is over: nothing of it can be shown.
        return work.refuse(refusal)


@bp.post("/settle")
@allow("clerk", "manager")
def settle() -> ResponseReturnValue:
    """Settle exactly what the quote showed. Sent twice, it acts once: the form's key says so."""
    form = request.form
    bill_fen = typed.whole(form.get("bill_fen", ""))
    body = {
        "visit_id": form["visit_id"],
        "bill_fen": bill_fen,
        "coupon_ids": form.getlist("coupons"),
        "points": typed.whole(form.get("points", "")),
    }
    try:
        done = api.post("/checkouts", body, key=form["key"])
    except ApiRefusal as refusal:
        return _still_open(refusal, form["visit_id"], bill_fen)
    return work.show("result", band=Band("good", *_told(done)), checkout=done)


@bp.post("/undo")
@allow("clerk", "manager")
def undo() -> ResponseReturnValue:
    """Undo a bill as a whole."""
    form = request.form
    path = f"/checkouts/{api.part(form['checkout_id'])}/reversal"
    try:
        done = api.post(path, {"reason": form.get("reason", "").strip()}, key=form["key"])
    except ApiRefusal as refusal:
        return work.refuse(refusal)
    return work.show("result", band=Band("good", UNDONE), checkout=done)


def quoted(
    visit_id: str,
    written: str,
    *,
    chosen: Sequence[str] | None = None,
    points: str = "",
) -> ResponseReturnValue:
    """The visit's page with its quote. What cannot be quoted is told above it. Raises ApiRefusal when the visit is over."""
    panel = api.get(f"/visits/{api.part(visit_id)}")
    try:
        fen = typed.read_fen(written)
    except NotYuan:
        return work.show("visit", band=Band("warn", NOT_YUAN), status=422, **parts_of(panel), bill=written)
    if fen is None and not chosen:
        return work.show("visit", band=Band("warn", NOTHING), status=422, **parts_of(panel))
    ask: dict[str, Any] = {"visit_id": visit_id, "bill_fen": fen or 0}
    band = None
    try:
        told = api.post(
            "/quotes", ask if chosen is None else ask | {"coupon_ids": chosen, "points": typed.whole(points)}
        )
    except ApiRefusal as refusal:
        if chosen is None:
            return work.refuse(refusal, step="visit", **parts_of(panel), bill=written)
        # Told why these cannot be used; what can be stands below.
        band, told = Band.of(refusal), api.post("/quotes", ask)
    return show(panel, told, bill_fen=fen or 0, band=band)


def show(
    panel: Mapping[str, Any], quote: Mapping[str, Any], *, bill_fen: int, band: Band | None = None
) -> ResponseReturnValue:
    """A visit's page with a quote of its bill."""
    choice = quote["chosen"] or quote["best"]
    return work.show("quote", band=band, **parts_of(panel), quote=quote, choice=choice, bill_fen=bill_fen)


def parts_of(panel: Mapping[str, Any]) -> dict[str, Any]:
    """What a visit shows beside the bill."""
    notes = []
    if panel["member"]["has_notes"]:
        notes = api.get(f"/visits/{api.part(panel['visit_id'])}/notes", {"limit": NOTES_SHOWN})["data"]
    return {
        "visit_id": panel["visit_id"],
        "expires_at": panel["expires_at"],
        "member": panel["member"],
        "coupons": panel["coupons"],
        "notes": notes,
    }


def parts_of_visit(visit_id: str | UUID) -> dict[str, Any]:
    """The same, of a visit as it stands now. Raises ApiRefusal when it is over."""
    return parts_of(api.get(f"/visits/{api.part(visit_id)}"))


def _still_open(refusal: ApiRefusal, visit_id: str, bill_fen: int) -> ResponseReturnValue:
    """After a refusal: the visit as it stands now, for another try, when it can be had."""
    if refusal.status == 401:
        raise refusal
    try:
        parts = parts_of_visit(visit_id)
    except ApiRefusal:
        return work.refuse(refusal)
    return work.refuse(refusal, step="visit", **parts, bill=f"{bill_fen / 100:.2f}" if bill_fen else "")


def _told(done: Mapping[str, Any]) -> tuple[str, str]:
    names = "、".join(one["coupon_name"] for one in done["coupons"])
    if not done["bill_fen"]:
        return t("已核销：{names}", "Used: {names}", names=names), ""
    saved = done["bill_fen"] - done["payable_fen"]
    text = t("应收 {payable}", "To pay: {payable}", payable=yuan(done["payable_fen"]))
    if not saved:
        return text, t("已记账，积分随后到账。", "Recorded; points are on their way.")
    return text, t("{names} 已减 {saved}。", "{saved} off. {names}", names=names, saved=yuan(saved)).strip()
