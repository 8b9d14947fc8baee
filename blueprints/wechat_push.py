"""WeChat's callbacks. Stored and applied in one transaction, then answered at once: WeChat gives up after five seconds."""

from apiflask import APIBlueprint
from flask import Response, request

from app import transaction
from app.services import wechat_events
from app.wiring import parts
from blueprints.identity import allow, now

bp = APIBlueprint("wechat_push", __name__, tag="wechat")

# What WeChat wants to read; anything else makes it try again.
TAKEN = "success"


@bp.get("/wechat/push")
@bp.doc(summary="WeChat checks this address", hide=True)
@allow("anyone")
def verify() -> Response:
    """Echo, once the signature proves who asks."""
    return Response(parts().push.verify_echo(request.args), mimetype="text/plain")


@bp.post("/wechat/push")
@bp.doc(summary="WeChat tells of an event", hide=True)
@allow("anyone")
def receive() -> Response:
    """Take one event. A repeat has no effect and the same answer."""
    pushed = parts().push.open(request.args, request.get_data(), request.content_type or "")
    if pushed.kind == "event":
        transaction.run(
            lambda: wechat_events.receive(
                event=pushed.event,
                openid=pushed.openid,
                items=pushed.items,
                dedup_key=pushed.dedup_key,
                app_id=parts().config.wechat_appid,
                now=now(),
            )
        )
    return Response(TAKEN, mimetype="text/plain")
