"""Members: found, seen from all sides, tagged, noted about, corrected, silenced at their word."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from blueprints.console import choices, member_words
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.door import person
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("members", __name__, enable_openapi=False)

READERS = ("admin", "auditor", "manager", "marketer")
TAGGERS = ("admin", "manager", "marketer")
DECIDERS = ("admin", "manager")
# What is asked for by name; "phone" is typed into the form's body, never into an address.
ASKED = ("nickname", "code", "order_no", "phone_tail", "store", "tag", "tier", "id")
TIMELINE_LINES = 15


@bp.get("/members")
@allow(*READERS)
def show_list() -> str:
    """Newest first, or whom one asks for."""
    asked = {name: value for name in ASKED if (value := request.args.get(name, "").strip())}
    page, refusal = {"data": [], "has_more": False}, None
    try:
        page = api.get("/members", {**asked, "cursor": request.args.get("cursor")})
    except ApiRefusal as error:
        if error.status not in (400, 422):
            raise
        refusal = error
    return render_template(
        "console/members/list.html",
        page=page,
        asked=asked,
        refusal=refusal,
        stores=choices.stores(),
        tiers=choices.tiers(),
        tags=choices.every("/tags"),
    )


@bp.post("/members")
@allow(*READERS)
def find() -> Response:
    """By whole phone number: it stands in no address and no log."""
    try:
        found = api.get("/members", {"phone": request.form.get("phone", "").strip(), "limit": 1})["data"]
    except ApiRefusal as error:
        if error.status == 401:
            raise
        flash(error.message, "danger")
        return redirect(url_for(".show_list"), code=303)
    if not found:
        flash(t("没有会员使用这个手机号。", "No member has this number."), "warning")
        return redirect(url_for(".show_list"), code=303)
    return redirect(url_for(".show", member_id=found[0]["id"]), code=303)


@bp.get("/members/<uuid:member_id>")
@allow(*READERS)
def show(member_id: UUID) -> str:
    """One member from all sides."""
    root, kind = f"/members/{member_id}", request.args.get("kind", "")
    kind = kind if kind in member_words.KINDS else ""
    return render_template(
        "console/members/show.html",
        detail=api.get(root),
        timeline=api.get(
            f"{root}/timeline", {"kind": kind, "cursor": request.args.get("cursor"), "limit": TIMELINE_LINES}
        ),
        kind=kind,
        coupons=api.get(f"{root}/coupons", {"limit": 5}),
        preferences=api.get(f"{root}/message-preferences"),
        tags=api.get(f"{root}/tags")["data"],
        all_tags=choices.every("/tags") if _may(*TAGGERS) else [],
        notes=api.get(f"{root}/notes", {"limit": 5}),
        segments=api.get("/segments", {"is_active": "true", "limit": 20}),
        words=member_words,
    )


@bp.post("/members/<uuid:member_id>/tags")
@allow(*TAGGERS)
def tag(member_id: UUID) -> Response:
    """Put a tag on, or take it off."""
    path = f"/tags/{api.part(request.form.get('tag', ''))}/members"
    if request.form.get("off"):
        path += "/removal"
    return act(
        lambda _: api.post(path, {"members": [str(member_id)]}),
        done=Pair("标签已更新。", "Tags are up to date."),
        to=url_for(".show", member_id=member_id),
    )


@bp.post("/members/<uuid:member_id>/notes")
@allow(*TAGGERS)
def note(member_id: UUID) -> Response:
    """Write a note."""
    body = {"note": request.form.get("note", "").strip()}
    return act(
        lambda key: api.post(f"/members/{member_id}/notes", body, key=key),
        done=Pair("备注已保存，门店也能看到。", "The note is kept; the counters see it too."),
        to=url_for(".show", member_id=member_id, _anchor="notes"),
    )


@bp.post("/members/<uuid:member_id>/switch-off")
@allow(*DECIDERS)
def switch_off(member_id: UUID) -> Response:
    """Silence a topic, or all marketing, because the member asked."""
    switch = request.form.get("switch", "")
    topic, _, channel = switch.partition("|")
    body: dict[str, Any] = {"reason": request.form.get("reason", "").strip()}
    if switch == "marketing":
        body["withdraw_marketing"] = True
    else:
        body["switches"] = [{"topic": topic, "channel": channel}]
    return act(
        lambda _: api.post(f"/members/{member_id}/message-preferences/switch-off", body),
        done=Pair("已关闭；只有会员本人能再打开。", "Switched off; only the member can switch it on again."),
        to=url_for(".show", member_id=member_id, _anchor="messages-wanted"),
    )


@bp.get("/members/<uuid:member_id>/adjust")
@allow(*DECIDERS)
def show_adjust(member_id: UUID) -> str:
    """The form of a correction."""
    return _adjust_page(member_id, PageForm(), {})


@bp.post("/members/<uuid:member_id>/adjust")
@allow(*DECIDERS)
def adjust(member_id: UUID) -> ResponseReturnValue:
    """Correct points or growth."""
    form, typed = PageForm(), request.form
    body = {
        "member_id": str(member_id),
        "ledger": typed.get("ledger"),
        "amount": _signed(typed.get("amount", ""), takes=typed.get("way") == "take"),
        "reason_code": typed.get("reason_code"),
        "reason": typed.get("reason", "").strip(),
    }
    try:
        made = api.post("/adjustments", body, key=form.key.data)
    except ApiRefusal as refusal:
        form.take(refusal)
        return _adjust_page(member_id, form, typed.to_dict()), 422
    if made["state"] == "waiting":
        flash(
            t("超过单人限额，已提交给另一位店长审批。", "Above one person’s limit: another manager decides."), "warning"
        )
    else:
        flash(t("已入账。", "Booked."), "success")
    return redirect(url_for(".show", member_id=member_id), code=303)


def _adjust_page(member_id: UUID, form: PageForm, typed: dict[str, str]) -> str:
    return render_template(
        "console/members/adjust.html",
        detail=api.get(f"/members/{member_id}"),
        form=form,
        typed=typed,
        words=member_words,
    )


def _signed(text: str, *, takes: bool) -> int | str:
    """What was typed as the API takes it; what is no number is for the API to refuse."""
    try:
        amount = int(text.replace(",", "").strip())
    except ValueError:
        return text
    return -amount if takes else amount


def _may(*roles: str) -> bool:
    return person()["role"] in roles
