"""Members by recency and frequency."""

from apiflask import APIBlueprint

from app.services import rfm_grid
from blueprints.identity import allow
from blueprints.schemas.rfm_grid import RfmCellOut, RfmGridOut

bp = APIBlueprint("rfm_grid", __name__, tag="segments")


@bp.get("/rfm-grid")
@bp.output(RfmGridOut)
@allow("marketer", "manager", "auditor", "admin")
def look() -> RfmGridOut:
    """How many members have each pair of recency and frequency scores, and what they spent in 365 days."""
    return RfmGridOut(data=[RfmCellOut.model_validate(cell) for cell in rfm_grid.look()])
