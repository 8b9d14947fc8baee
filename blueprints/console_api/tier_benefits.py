"""What each tier gives."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app.services import tier_benefits
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.schemas.ladders import BenefitIn, BenefitOut, BenefitsOut

bp = APIBlueprint("tier_benefits", __name__, tag="programme")


@bp.get("/tiers/<uuid:tier_id>/benefits")
@bp.output(BenefitsOut)
@allow("marketer", "admin")
def list_benefits(tier_id: UUID) -> BenefitsOut:
    """The benefits of a tier. Point multipliers are earning rules that name the tier."""
    return BenefitsOut(data=[BenefitOut.of(benefit) for benefit in tier_benefits.list_of(tier_id)])


@bp.put("/tiers/<uuid:tier_id>/benefits/<string:kind>")
@bp.input(BenefitIn)
@bp.output(BenefitOut)
@allow("admin")
def put(tier_id: UUID, kind: str, json_data: BenefitIn) -> BenefitOut:
    """Set a benefit: birthday_gift, upgrade_gift or monthly_pack from a batch made for issuing; discount; priority."""
    with transaction():
        benefit = tier_benefits.put(
            tier_id,
            kind,
            batch_public_id=json_data.coupon_batch_id,
            discount_bp=json_data.discount_bp,
            actor=actor(),
            now=now(),
        )
    return BenefitOut.of(benefit)


@bp.delete("/tiers/<uuid:tier_id>/benefits/<string:kind>")
@bp.doc(responses={204: "Taken away"})
@allow("admin")
def remove(tier_id: UUID, kind: str) -> Response:
    """Take a benefit away; gifts still owed are not given any more."""
    with transaction():
        tier_benefits.remove(tier_id, kind, actor=actor(), now=now())
    return Response(status=204)
