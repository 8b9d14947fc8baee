"""What to ask the member to subscribe to at this moment. Saying yes is never rewarded."""

from apiflask import APIBlueprint

from app.services import subscription_offers
from blueprints.identity import allow, current_member, now
from blueprints.schemas.preferences import SceneQuery, SubscriptionOffersOut

bp = APIBlueprint("subscription_offers", __name__, tag="messages")


@bp.get("/subscription-offers")
@bp.input(SceneQuery, location="query")
@bp.output(SubscriptionOffersOut)
@allow("member")
def list_offers(query_data: SceneQuery) -> SubscriptionOffersOut:
    """Up to three template ids to ask for at a scene, the most wanted first, with the reason."""
    asked = subscription_offers.list_for(current_member().id, scene=query_data.scene, now=now())
    return SubscriptionOffersOut.of(query_data.scene, asked)
