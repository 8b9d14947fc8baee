"""Closed periods with payers: read, downloaded, never changed."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, render_template, request

from blueprints.identity import allow
from blueprints.pages import api, downloads

bp = APIBlueprint("settlements", __name__, enable_openapi=False)


@bp.get("/settlements/<uuid:settlement_id>")
@allow("admin", "auditor", "marketer")
def show(settlement_id: UUID) -> str:
    """One closed period, batch by batch."""
    return render_template(
        "console/settlement.html",
        settlement=api.get(f"/settlements/{settlement_id}"),
        lines=api.get(f"/settlements/{settlement_id}/lines", {"cursor": request.args.get("cursor")}),
    )


@bp.get("/settlements/<uuid:settlement_id>/lines.csv")
@allow("admin", "auditor", "marketer")
def lines_csv(settlement_id: UUID) -> Response:
    """It as a file."""
    return downloads.answer(f"/settlements/{settlement_id}/lines.csv")
