"""The official account's callbacks: an address, a token and a key of their own."""

from apiflask import APIBlueprint
from flask import Response, request

from app import transaction
from app.gateways.wechat import PushReceiver, PushRefused
from app.services import official_events
from app.wiring import parts
from blueprints.identity import allow, now
from blueprints.wechat_push import TAKEN

bp = APIBlueprint("official_push", __name__, tag="wechat")


@bp.get("/wechat/official/push")
@bp.doc(summary="WeChat checks this address", hide=True)
@allow("anyone")
def verify() -> Response:
    """Echo, once the signature proves who asks."""
    return Response(_receiver().verify_echo(request.args), mimetype="text/plain")


@bp.post("/wechat/official/push")
@bp.doc(summary="WeChat tells of a follower or a message", hide=True)
@allow("anyone")
def receive() -> Response:
    """Take one event. A repeat has no effect and the same answer."""
    pushed = _receiver().open(request.args, request.get_data(), request.content_type or "")
    if pushed.kind == "event":
        transaction.run(
            lambda: official_events.receive(
                event=pushed.event,
                openid=pushed.openid,
                items=pushed.items,
                dedup_key=pushed.dedup_key,
                app_id=parts().config.wechat_oa_appid,
                created_at=pushed.created_at,
                now=now(),
            )
        )
    return Response(TAKEN, mimetype="text/plain")


def _receiver() -> PushReceiver:
    receiver = parts().official_push
    if receiver is None:
        raise PushRefused(reason="no_official_account")
    return receiver
