"""The official account (服务号): template messages with their own openids and token, and user info with the unionid."""

from sandbox import push_events
from sandbox.errors import WxError
from sandbox.fields import check_data
from sandbox.users import User
from sandbox.wire import Call, Endpoint, Reply, authorize, ok
from sandbox.world import World

PATH = "/cgi-bin/message/template/send"
OLD_KEYS = ("first", "remark")  # dropped by WeChat since 2023-05-04, not refused
CLIENT_ID_LENGTH = 32


def _user(world: World, openid: object) -> User:
    user = world.users.find_official(openid)
    if user is None:
        raise WxError(40003)
    return user


def send_template(world: World, call: Call) -> Reply:
    """One message per openid and client_msg_id in ten minutes: a repeat answers the first msgid and sends nothing."""
    authorize(world, call, official=True)
    body = call.json()
    user = _user(world, body.get("touser"))
    template = world.templates.get(body.get("template_id"), official=True)
    data = body.get("data")
    if isinstance(data, dict):
        data = {key: value for key, value in data.items() if key not in OLD_KEYS}
    values = check_data(template, data)
    client_msg_id = body.get("client_msg_id") or ""
    if not isinstance(client_msg_id, str) or len(client_msg_id) > CLIENT_ID_LENGTH:
        raise WxError(40097)
    if not user.follows:
        raise WxError(43004)
    if world.grants.is_off(user.official_openid, template.id):
        raise WxError(43101)
    msgid = world.ids.message_id()
    if client_msg_id:
        first = world.recent_sends.first(user.official_openid, client_msg_id, msgid)
        if first != msgid:
            return ok(msgid=first)
    if not world.counters.day.take(PATH, world.limits.official_send_daily):
        raise WxError(45009)
    world.outbox.add(
        msgid=msgid,
        openid=user.official_openid,
        template_id=template.id,
        values=values,
        at=world.clock.now(),
        received_ns=call.received_ns,
        channel="official",
        client_msg_id=client_msg_id,
    )
    reply = ok(msgid=msgid)
    reply.after = lambda: _tell(world, user.official_openid, msgid)
    return reply


def _tell(world: World, openid: str, msgid: int) -> None:
    if world.limits.sent_events:
        event = push_events.official_sent(openid, msgid=msgid, at=world.clock.now())
        world.push.send(event, after_ms=world.limits.sent_event_delay_ms)


def user_info(world: World, call: Call) -> Reply:
    """Whether this openid follows the account and, if so, its unionid: the link to the mini-program's user."""
    authorize(world, call, official=True)
    user = _user(world, call.query.get("openid"))
    body: dict[str, object] = {"subscribe": int(user.follows), "openid": user.official_openid}
    if user.follows:
        body |= {
            "language": "zh_CN",
            "subscribe_time": int(user.last_seen),
            "remark": "",
            "groupid": 0,
            "tagid_list": [],
        }
    if user.follows and user.unionid:
        body["unionid"] = user.unionid
    return Reply(body)


ENDPOINTS = (
    Endpoint(PATH, "POST", send_template),
    Endpoint("/cgi-bin/user/info", "GET", user_info),
)
