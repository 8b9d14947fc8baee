"""The audit: who changed what, when, at which store, and whether it is sealed."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, render_template, request

from blueprints.console import audit_words, choices
from blueprints.identity import allow
from blueprints.pages import api, downloads
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import Pair

bp = APIBlueprint("audit", __name__, enable_openapi=False)

READERS = ("admin", "auditor", "manager")
ACTORS = {
    "staff": Pair("员工", "Staff"),
    "member": Pair("会员", "Member"),
    "partner": Pair("合作系统", "Partner"),
    "system": Pair("系统", "System"),
}
ASKED = ("action", "actor_kind", "actor_id", "object_kind", "object_id", "store_id", "first_on", "until_on")


@bp.get("/audit")
@allow(*READERS)
def show_list() -> str:
    """A page of entries, as narrowed down."""
    told: dict[str, Any] = {"page": {"data": [], "has_more": False}, "refusal": None}
    try:
        told["page"] = api.get("/audit-entries", {**_asked(), "cursor": request.args.get("cursor")})
    except ApiRefusal as refusal:
        if refusal.code not in ("invalid_input", "not_found"):
            raise
        told["refusal"] = refusal
    return render_template(
        "console/audit.html",
        seal=api.get("/audit-entries/seal"),
        actions=api.get("/audit-entries/actions")["data"],
        stores=choices.every("/stores"),
        actors=ACTORS,
        words=audit_words,
        is_narrowed=any(_asked().values()),
        **told,
    )


@bp.get("/audit.csv")
@allow(*READERS)
def as_csv() -> Response:
    """The same entries as a file."""
    return downloads.answer("/audit-entries.csv", _asked())


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "").strip() for name in ASKED}
