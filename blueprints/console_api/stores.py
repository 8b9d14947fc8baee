"""The shop's stores."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import stores
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.staff import StoreChangeIn, StoreIn, StoreOut, StorePage

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


@bp.get("/stores/<uuid:store_id>")
@bp.output(StoreOut)
@allow("manager", "marketer", "auditor", "admin")
def get_one(store_id: UUID) -> StoreOut:
    """One store."""
    return StoreOut.of(stores.get_by_public_id(store_id))


@bp.patch("/stores/<uuid:store_id>")
@bp.input(StoreChangeIn)
@bp.output(StoreOut)
@allow("admin")
def change(store_id: UUID, json_data: StoreChangeIn) -> StoreOut:
    """Rename a store, close it or open it again. Closed: whoever is signed in there is out at once, and nobody signs in."""
    with transaction():
        store = stores.change(store_id, name=json_data.name, is_active=json_data.is_active, actor=actor(), now=now())
    return StoreOut.of(store)
