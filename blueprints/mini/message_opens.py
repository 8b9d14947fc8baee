"""The member came by the link in a message."""

from apiflask import APIBlueprint

from app import transaction
from app.services import message_opens
from blueprints import attempts
from blueprints.identity import allow, current_member, now
from blueprints.schemas.message_opens import MessageOpenIn, MessageOpenOut

bp = APIBlueprint("message_opens", __name__, tag="messages")

# Nobody opens so many messages; whoever tries codes finds none of 2^72, and a row's lock is not theirs to hammer on.
OPENS = attempts.Limit("message_opens", tries=60, window_seconds=3600)


@bp.post("/message-opens")
@bp.input(MessageOpenIn)
@bp.output(MessageOpenOut)
@allow("member")
def report(json_data: MessageOpenIn) -> MessageOpenOut:
    """Tell that I came by a message's link. The answer is the same whether the code is known, mine, or was told before."""
    member_id, at = current_member().id, now()
    attempts.count(OPENS, f"member:{member_id}")
    transaction.run(lambda: message_opens.record(json_data.code, member_id=member_id, now=at))
    return MessageOpenOut(noted=True)
