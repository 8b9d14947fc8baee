"""Ladders: draft, try, put in force."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import ladder_changes, ladders, tiers
from app.transaction import transaction
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.ladders import ConsoleLadderOut, LadderIn, LadderPage, SimulationOut

bp = APIBlueprint("ladders", __name__, tag="programme")


@bp.get("/ladders")
@bp.input(PageQuery, location="query")
@bp.output(LadderPage)
@allow("marketer", "admin")
def list_ladders(query_data: PageQuery) -> LadderPage:
    """All ladders, newest first: drafts, the one in force, and those before it."""
    page = ladders.list_ladders(after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(LadderPage, page, ConsoleLadderOut.of)


@bp.post("/ladders")
@bp.input(LadderIn)
@bp.output(ConsoleLadderOut, status_code=201)
@allow("admin")
def create(json_data: LadderIn) -> ConsoleLadderOut:
    """Draft a ladder. Nothing changes for members; a draft that is wrong is left alone and a new one made."""
    with transaction():
        ladder = ladders.create_draft(json_data.model_dump(), actor=actor(), now=now())
    return ConsoleLadderOut.of(ladder)


@bp.get("/ladders/<uuid:ladder_id>")
@bp.output(ConsoleLadderOut)
@allow("marketer", "admin")
def get(ladder_id: UUID) -> ConsoleLadderOut:
    """One ladder."""
    return ConsoleLadderOut.of(ladders.get_by_public_id(ladder_id))


@bp.get("/ladders/<uuid:ladder_id>/simulation")
@bp.output(SimulationOut)
@allow("marketer", "admin")
def simulation(ladder_id: UUID) -> SimulationOut:
    """Who would move if this ladder were put in force now: the whole matrix, and up to twenty members."""
    simulated = ladder_changes.simulate(ladders.get_by_public_id(ladder_id), now=now())
    return SimulationOut.of(simulated, codes=[tier.code for tier in tiers.ladder()])


@bp.post("/ladders/<uuid:ladder_id>/activation")
@bp.output(ConsoleLadderOut)
@allow("admin")
@idempotent
def activate(ladder_id: UUID) -> ConsoleLadderOut:
    """Put a draft in force. Members are moved onto it in the minutes after."""
    return ConsoleLadderOut.of(ladders.activate(ladder_id, actor=actor(), now=now()))
