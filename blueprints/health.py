"""Is it up (live), can it do its work (ready)."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify

from app.services import health
from app.wiring import parts

bp = APIBlueprint("health", __name__, url_prefix="/health", tag="health")


@bp.get("/live")
def live() -> dict[str, Any]:
    """The process answers."""
    return {"status": "ok"}


@bp.get("/ready")
def ready() -> Response:
    """The database answers and has this release's schema. Redis away is worth knowing, not a reason to stop."""
    database = health.database_state()
    redis_ok = parts().redis_answers()
    response = jsonify({"status": "ok" if database == "ok" else "down", "database": database, "redis": redis_ok})
    response.status_code = 200 if database == "ok" else 503
    return response
