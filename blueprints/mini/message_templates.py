"""Which messages a member may be asked to subscribe to."""

from apiflask import APIBlueprint

from app.services import message_templates
from blueprints.identity import allow, current_member
from blueprints.schemas.messages import SubscriptionList

bp = APIBlueprint("subscriptions", __name__, tag="messages")


@bp.get("/message-templates")
@bp.output(SubscriptionList)
@allow("member")
def list_templates() -> SubscriptionList:
    """Every template in use and what is left of it, the scarcest first. What to ask for now: GET /subscription-offers."""
    return SubscriptionList.of(message_templates.list_offers(current_member().id))
