"""Joining at the counter."""

from apiflask import APIBlueprint

from app.services import member_codes, members, phones, visits
from app.wiring import parts
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, current_staff, now
from blueprints.schemas.members import EnrolIn, MemberCardOut

bp = APIBlueprint("members", __name__, tag="counter")


@bp.post("/members")
@bp.input(EnrolIn)
@bp.output(MemberCardOut, status_code=201)
@allow("clerk", "manager")
@idempotent
def enrol(json_data: EnrolIn) -> MemberCardOut:
    """Enrol a customer by phone; the mini-program later joins this membership by proving the same phone."""
    consent = json_data.membership_consent
    member = members.enrol_by_phone(
        phone=phones.seal(phones.parse(json_data.phone), vault=parts().vault),
        nickname=json_data.nickname or "",
        store_id=current_staff().store_id or 0,
        consent_version=None if consent is None else consent.document_version,
        new_code=lambda: member_codes.fresh(vault=parts().vault),
        actor=actor(),
        now=now(),
    )
    return MemberCardOut.of(visits.card(member.id, now=now()))
