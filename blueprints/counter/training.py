"""Learning the counter: the steps in words, and a customer who does not exist to try them on."""

import io

import segno
from apiflask import APIBlueprint
from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from blueprints.counter import reasons, typed
from blueprints.counter.typed import NotYuan
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.words import Pair

bp = APIBlueprint("training", __name__, enable_openapi=False)

NOT_THE_CODE = Pair("练习时请扫描本页的练习码。", "In practice, scan the code of this page.")
NOT_YUAN = Pair("金额没有看懂，请输入如 58 或 58.50。", "This is no amount; type it as 58 or 58.50.")


@bp.get("/training")
@allow("clerk", "manager")
def show() -> str:
    """The steps, and the code to practise with."""
    return _page()


@bp.post("/training")
@allow("clerk", "manager")
def practise() -> ResponseReturnValue:
    """What a scan and a bill would show; nothing is written."""
    written, bill = typed.plain(request.form.get("typed", "")), request.form.get("bill", "")
    try:
        fen = typed.read_fen(bill) or 0
    except NotYuan:
        return _page(typed=written, bill=bill, wrong=NOT_YUAN), 422
    told = api.post("/practice-quotes", {"bill_fen": fen})
    if "".join(written.split()) != told["code"]:
        return _page(typed=written, bill=bill, wrong=NOT_THE_CODE), 422
    return _page(typed=written, bill=bill, told=told, bill_fen=fen)


def _page(**values: object) -> str:
    code = api.post("/practice-quotes", {})["code"]
    return render_template("counter/training.html", code=code, drawn=_drawn(code), why=reasons.detail, **values)


def _drawn(code: str) -> Markup:
    out = io.BytesIO()
    # Never `make`: it may choose a Micro QR, which scanners cannot read.
    segno.make_qr(code).save(out, kind="svg", scale=5, border=4, xmldecl=False, svgns=False, dark="#000", light="#fff")
    return Markup(out.getvalue().decode())  # noqa: S704 digits drawn by a library
