"""Unsubscribing by the link in a message: no sign-in, one call; mail programs post it by themselves (RFC 8058)."""

from apiflask import APIBlueprint
from flask import Response

from app import transaction
from app.services import message_preferences
from blueprints.identity import allow, now

bp = APIBlueprint("unsubscriptions", __name__, tag="messages")


@bp.post("/unsubscriptions/<string:link_code>")
@bp.doc(responses={204: "Switched off"})
@allow("anyone")
def unsubscribe(link_code: str) -> Response:
    """Switch off the message's topic on the channel it came by. Whatever body comes along is not read."""
    transaction.run(lambda: message_preferences.unsubscribe(link_code, now=now()))
    return Response(status=204)
