"""The shop's stores."""

from apiflask import APIBlueprint

from app.services import stores
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.staff import StoreIn, StoreOut, StorePage

bp = APIBlueprint("stores", __name__, tag="staff")


@bp.get("/stores")
@bp.input(PageQuery, location="query")
@bp.output(StorePage)
@allow("manager", "marketer", "auditor", "admin")
def list_all(query_data: PageQuery) -> StorePage:
    """Every store, oldest first."""
    page = stores.list_stores(after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(StorePage, page, StoreOut.of)


@bp.post("/stores")
@bp.input(StoreIn)
@bp.output(StoreOut, status_code=201)
@allow("admin")
def create(json_data: StoreIn) -> StoreOut:
    """Open a store."""
    with transaction():
        store = stores.create(code=json_data.code, name=json_data.name, actor=actor(), now=now())
    return StoreOut.of(store)
