"""Is it up (live), can it do its work (ready)."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response, jsonify

from app.errors import Unavailable
from app.gateways import leader_lock
from app.services import health, operations
from app.wiring import parts
from blueprints.identity import allow, now
from blueprints.metrics import check_reader
from blueprints.operation_metrics import SCHEDULER
from blueprints.schemas.base import Instant, Out

bp = APIBlueprint("health", __name__, url_prefix="/health", tag="health")


class LiveOut(Out):
    """The process answers."""

    status: Literal["ok"]


class ReadyOut(Out):
    """`database` is what decides; without Redis only limits and wake-ups are slower."""

    status: Literal["ok", "down"]
    database: Literal["ok", "not_migrated", "down"]
    redis: bool


class JobOut(Out):
    """`last_at` is of the diary: a tick with nothing to do writes a row a minute. `failures` of the last 24 hours."""

    job: str
    last_at: Instant
    ok: bool | None
    failures: int


class BacklogOut(Out):
    """Messages of running campaigns that are due, and those that wait for an event or a person."""

    due: int
    oldest_due_at: Instant | None
    in_doubt: int
    failed: int


class DetailsOut(Out):
    """`leader` null: no scheduler ticks."""

    leader: str | None
    leader_since: Instant | None
    jobs: list[JobOut]
    backlog: BacklogOut


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


@bp.get("/details")
@bp.output(DetailsOut)
@allow("anyone")
def details() -> DetailsOut:
    """Who leads, how far behind the ticks and lanes are. For this machine or a holder of METRICS_TOKEN alone."""
    check_reader()
    state = operations.find_state(lock_id=leader_lock.lock_id(SCHEDULER), now=now())
    if state is None:
        raise Unavailable
    return DetailsOut.model_validate(state)
