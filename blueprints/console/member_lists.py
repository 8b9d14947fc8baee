"""Lists of members: the audience of a batch, of an issue run, of a campaign."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.console import tags
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.door import large_form
from blueprints.pages.forms import PageForm

bp = APIBlueprint("member_lists", __name__, enable_openapi=False)


@bp.get("/member-lists")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """Newest first, with their sizes."""
    page = api.get("/member-lists", {"cursor": request.args.get("cursor")})
    return render_template("console/member_lists.html", page=page, form=PageForm())


@bp.post("/member-lists")
@allow("admin", "marketer")
def create() -> ResponseReturnValue:
    """A new one, empty."""
    return tags.made("/member-lists", to=lambda one: url_for(".show", list_id=one["id"]), back=url_for(".show_list"))


@bp.get("/member-lists/<uuid:list_id>")
@allow("admin", "auditor", "manager", "marketer")
def show(list_id: UUID) -> str:
    """Who is on it."""
    return render_template(
        "console/member_list.html",
        row=api.get(f"/member-lists/{list_id}"),
        page=api.get(f"/member-lists/{list_id}/entries", {"cursor": request.args.get("cursor")}),
        form=PageForm(),
    )


@bp.post("/member-lists/<uuid:list_id>/entries")
@large_form(tags.LARGEST)
@allow("admin", "marketer")
def fill(list_id: UUID) -> ResponseReturnValue:
    """Add members by id or phone, or take them off."""
    path = f"/member-lists/{list_id}/entries"
    return tags.filled(path + ("/removal" if request.form.get("off") else ""), to=url_for(".show", list_id=list_id))
