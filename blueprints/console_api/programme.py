"""Settings and ladder."""

import uuid
from typing import Any

from apiflask import APIBlueprint

from app.errors import InvalidInput
from app.services import programmes, second_steps, tiers
from app.transaction import transaction
from blueprints.identity import STAFF_ROLES, actor, allow, now
from blueprints.schemas.programme import (
    ProgrammeIn,
    ProgrammeOut,
    TierChangeIn,
    TierIn,
    TierOut,
    TiersOut,
)

bp = APIBlueprint("programme", __name__, tag="programme")


@bp.get("/programme")
@bp.output(ProgrammeOut)
@allow(*STAFF_ROLES)
def programme() -> Any:
    """The programme's settings in force."""
    return ProgrammeOut.model_validate(programmes.get())


@bp.patch("/programme")
@bp.input(ProgrammeIn)
@bp.output(ProgrammeOut)
@allow("admin")
def change_programme(json_data: ProgrammeIn) -> Any:
    """Change the programme's settings; a body that changes nothing is refused."""
    changes = json_data.model_dump(exclude_none=True)
    if not changes:
        raise InvalidInput(reason="nothing to change")
    with transaction():
        changed = programmes.update(changes, actor=actor(), now=now())
        if "second_step_roles" in changes:
            second_steps.bind_sessions(now=now())
        return ProgrammeOut.model_validate(changed)


@bp.get("/tiers")
@bp.output(TiersOut)
@allow(*STAFF_ROLES)
def ladder() -> Any:
    """Every tier of the ladder, lowest first."""
    return TiersOut(data=[TierOut.of(tier) for tier in tiers.ladder()])


@bp.post("/tiers")
@bp.input(TierIn)
@bp.output(TierOut, status_code=201)
@allow("admin")
def add_rung(json_data: TierIn) -> Any:
    """Add a tier on top of the ladder."""
    with transaction():
        return TierOut.of(tiers.add_rung(json_data.model_dump(), actor=actor(), now=now()))


@bp.patch("/tiers/<uuid:tier_id>")
@bp.input(TierChangeIn)
@bp.output(TierOut)
@allow("admin")
def change_rung(tier_id: uuid.UUID, json_data: TierChangeIn) -> Any:
    """Change how a tier looks."""
    changes = json_data.model_dump(exclude_none=True)
    if not changes:
        raise InvalidInput(reason="nothing to change")
    with transaction():
        return TierOut.of(tiers.change_rung(tier_id, changes, actor=actor(), now=now()))
