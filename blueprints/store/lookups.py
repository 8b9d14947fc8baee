"""One input for everything: what was typed, and the members a phone may belong to."""

from uuid import UUID

from apiflask import APIBlueprint

from app import transaction
from app.services import lookups, member_panels, phones
from app.services.lookups import Candidates, Typed
from app.wiring import parts
from blueprints import attempts
from blueprints.attempts import Limit
from blueprints.identity import actor, allow, current_staff, now
from blueprints.schemas.lookups import LookupIn, LookupOut, PanelOut

bp = APIBlueprint("lookups", __name__, tag="counter")

# A clerk asks for a number now and then; who tries one number after another is collecting them.
PHONES = Limit("phone_lookup", tries=60, window_seconds=600)
PHONES_AT_STORE = Limit("phone_lookup_store", tries=300, window_seconds=600)


@bp.post("/lookups")
@bp.input(LookupIn)
@bp.output(LookupOut)
@allow("clerk", "manager")
def look_up(json_data: LookupIn) -> LookupOut:
    """Tell what was typed or scanned: a member code, a coupon code, or a phone with the members it may belong to, masked."""
    typed = lookups.read(json_data.typed)
    if typed.kind in {"member_code", "coupon_code"}:
        return LookupOut.of(typed, None)
    attempts.count(PHONES, f"staff:{current_staff().id}")
    attempts.count(PHONES_AT_STORE, f"store:{current_staff().store_id}")
    return LookupOut.of(typed, transaction.run(lambda: _found(typed)))


def _found(typed: Typed) -> Candidates:
    index = None if typed.kind == "phone_tail" else phones.index_of(typed.value, vault=parts().vault)
    return lookups.find(typed, phone_index=index, actor=actor(), now=now())


@bp.get("/visits/<uuid:visit_id>")
@bp.output(PanelOut)
@allow("clerk", "manager")
def show_visit(visit_id: UUID) -> PanelOut:
    """Whom my open visit brought, with the coupons usable here now."""
    return PanelOut.of(member_panels.of_visit(visit_id, actor=actor(), now=now()))


@bp.get("/members/<uuid:member_id>")
@bp.output(PanelOut)
@allow("clerk", "manager")
def show_member(member_id: UUID) -> PanelOut:
    """A member who was looked up, masked, with the coupons usable here now. To use one, scan their code."""
    return PanelOut.of(member_panels.of_member(member_id, actor=actor(), now=now()))
