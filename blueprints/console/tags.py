"""Tags: made, put on members line by line, read. Lists of members are filled the same way."""

from collections.abc import Callable
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.door import large_form
from blueprints.pages.forms import PageForm
from blueprints.pages.words import t

bp = APIBlueprint("tags", __name__, enable_openapi=False)

MOST_LINES = 5_000
# Five thousand public ids with what a form adds.
LARGEST = 400_000
# Enough of the lines that name nobody to find the fault in one's own table.
SHOWN_FAULTS = 20


@bp.get("/tags")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """Tags with how many carry each."""
    page = api.get("/tags", {"cursor": request.args.get("cursor")})
    return render_template("console/tags.html", page=page, form=PageForm())


@bp.post("/tags")
@allow("admin", "marketer")
def create() -> ResponseReturnValue:
    """A new one."""
    return made("/tags", to=lambda one: url_for(".show", tag_id=one["id"]), back=url_for(".show_list"))


@bp.get("/tags/<uuid:tag_id>")
@allow("admin", "auditor", "manager", "marketer")
def show(tag_id: UUID) -> str:
    """Who carries it."""
    page = api.get(f"/tags/{tag_id}/members", {"cursor": request.args.get("cursor")})
    tag = api.get(f"/tags/{tag_id}")
    return render_template("console/tag.html", page=page, tag=tag, tag_id=tag_id, form=PageForm())


@bp.post("/tags/<uuid:tag_id>/members")
@large_form(LARGEST)
@allow("admin", "manager", "marketer")
def fill(tag_id: UUID) -> ResponseReturnValue:
    """Put it on members, or take it off, by id or phone."""
    path = f"/tags/{tag_id}/members"
    return filled(path + ("/removal" if request.form.get("off") else ""), to=url_for(".show", tag_id=tag_id))


def made(path: str, *, to: Callable[[dict[str, str]], str], back: str) -> ResponseReturnValue:
    """Make a named thing and go to it."""
    try:
        one = api.post(path, {"name": request.form.get("name", "").strip()}, key=PageForm().key.data)
    except ApiRefusal as refusal:
        if refusal.status == 401:
            raise
        flash(refusal.message, "danger")
        return redirect(back, code=303)
    return redirect(to(one), code=303)


def filled(path: str, *, to: str) -> ResponseReturnValue:
    """Send the lines typed or uploaded, and say what became of them."""
    lines = typed_lines()
    if not lines or len(lines) > MOST_LINES:
        flash(t("请填写 1 到 {n:,} 行。", "Give 1 to {n:,} lines.", n=MOST_LINES), "danger")
        return redirect(to, code=303)
    try:
        told = api.post(path, {"members": lines}, key=PageForm().key.data)
    except ApiRefusal as refusal:
        if refusal.status == 401:
            raise
        flash(refusal.message, "danger")
        return redirect(to, code=303)
    flash(
        t(
            "已更改 {changed:,} 位，{unchanged:,} 位本来就是如此。",
            "{changed:,} changed, {unchanged:,} were so already.",
            changed=told["changed"],
            unchanged=told["unchanged"],
        ),
        "success",
    )
    if told["errors"]:
        numbers = ", ".join(str(one["line"]) for one in told["errors"][:SHOWN_FAULTS])
        flash(
            t(
                "{n:,} 行没有找到会员，请核对：第 {numbers} 行。",
                "{n:,} lines name nobody; look at lines {numbers}.",
                n=len(told["errors"]),
                numbers=numbers,
            ),
            "warning",
        )
    return redirect(to, code=303)


def typed_lines() -> list[str]:
    """A line of the text field or of the file each, without blanks and empty ones."""
    upload = request.files.get("file")
    text = (
        upload.read().decode("utf-8-sig", "replace") if upload and upload.filename else request.form.get("members", "")
    )
    return [line for one in text.splitlines() if (line := one.strip().strip(",;\"'"))]
