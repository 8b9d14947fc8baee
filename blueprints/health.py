"""Is it up (live), can it do its work (ready)."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response, jsonify

from app.services import health
from app.wiring import parts
from blueprints.identity import allow
from blueprints.schemas.base import Out

bp = APIBlueprint("health", __name__, url_prefix="/health", tag="health")


class LiveOut(Out):
    """The process answers."""

    status: Literal["ok"]


class ReadyOut(Out):
    """`database` is what decides; without Redis only limits and wake-ups are slower."""

    status: Literal["ok", "down"]
    database: Literal["ok", "not_migrated", "down"]
    redis: bool


_DOWN: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    503: {
        "description": "The database does not answer, or was never migrated",
        "content": {"application/json": {"schema": ReadyOut.model_json_schema()}},
    }
}


@bp.get("/live")
@bp.output(LiveOut)
@allow("anyone")
def live() -> dict[str, Any]:
    """The process answers."""
    return {"status": "ok"}


@bp.get("/ready")
@bp.output(ReadyOut)
@bp.doc(responses=_DOWN)
@allow("anyone")
def ready() -> Response:
    """The database answers and has been migrated. Redis away is worth knowing, not a reason to stop."""
    database = health.database_state()
    state = ReadyOut.model_validate(
        {"status": "ok" if database == "ok" else "down", "database": database, "redis": parts().redis_answers()}
    )
    response = jsonify(state.model_dump())
    response.status_code = 200 if database == "ok" else 503
    return response
