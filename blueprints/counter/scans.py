"""What was scanned or typed into the one input, whatever it is."""

import uuid
from typing import Any

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue

from blueprints.counter import bills, typed, visits, work
from blueprints.counter.typed import NotYuan
from blueprints.counter.work import Band
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import Pair
from blueprints.schemas.base import MAX_FEN

bp = APIBlueprint("scans", __name__, enable_openapi=False)

# One coupon code in one visit is one intention, however often it is sent.
CODE_NAMES = uuid.UUID("6f1e8f0a-6b7e-4a3c-9a53-0c0f6f0c7a11")
SCAN_FIRST = Pair("请先扫描会员码，再输入券码。", "Scan the member code first, then the coupon code.")
CODE_TAKEN = Pair("券码已兑换成券，可以使用了。", "The code is a coupon now and can be used.")
NO_SUCH_PHONE = Pair("没有会员使用这个手机号。", "No member has this phone.")
TYPE_SOMETHING = Pair("请扫码，或输入手机号后四位。", "Scan a code, or type the last four digits of a phone.")


@bp.post("/scan")
@allow("clerk", "manager")
def scan() -> ResponseReturnValue:
    """Whoever or whatever it names."""
    written = typed.plain(request.form.get("typed", ""))
    visit_id = request.form.get("visit_id") or None
    if not written:
        return work.show("ready", band=Band("warn", TYPE_SOMETHING), status=422)
    if typed.is_bill(written) and visit_id:
        return bills.quoted(visit_id, written)
    try:
        return _named(written, visit_id)
    except ApiRefusal as refusal:
        return work.refuse(refusal, step="ready", typed=written)


def _named(written: str, visit_id: str | None) -> ResponseReturnValue:
    if typed.is_member_code(written):
        return _visit(written, visit_id)
    found = api.post("/lookups", {"typed": written[:64]})
    if found["kind"] == "member_code":
        return _visit(found["value"], visit_id)
    if found["kind"] == "coupon_code":
        return _code(found["value"], visit_id)
    if not found["candidates"]:
        return work.show("ready", band=Band("warn", NO_SUCH_PHONE, _enrol_hint()))
    return work.show("candidates", found=found)


def _visit(code: str, left: str | None) -> ResponseReturnValue:
    bill = request.form.get("bill", "")
    try:
        bill_fen = typed.read_fen(bill)
    except NotYuan:
        bill_fen = None
    scanned: dict[str, Any] = {"member_code": code}
    # More is no bill to the API, which would refuse the scan with it.
    is_bill = bill_fen is not None and bill_fen <= MAX_FEN
    opened = api.post("/visits", scanned | {"bill_fen": bill_fen} if is_bill else scanned)
    if left is not None and left != opened["visit_id"]:
        visits.release(left)
    if bill_fen is None:
        return work.show("visit", **bills.parts_of(opened))
    if opened["quote"] is None:
        # No bill of ours; whoever came is there all the same.
        return bills.quoted(opened["visit_id"], bill)
    return bills.show(opened, opened["quote"], bill_fen=bill_fen)


def _code(code: str, visit_id: str | None) -> ResponseReturnValue:
    if visit_id is None:
        return work.show("ready", band=Band("warn", SCAN_FIRST), typed=code)
    key = str(uuid.uuid5(CODE_NAMES, f"{visit_id}:{code}"))
    try:
        api.post("/coupon-codes", {"visit_id": visit_id, "code": code}, key=key)
    except ApiRefusal as refusal:
        return work.refuse(refusal, step="visit", **bills.parts_of_visit(visit_id), typed=code)
    return work.show("visit", band=Band("good", CODE_TAKEN), **bills.parts_of_visit(visit_id))


def _enrol_hint() -> Pair:
    return Pair("可以在“入会”页为顾客登记。", "Enrol the customer on the page “Enrol”.")
