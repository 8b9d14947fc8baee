"""POST /cgi-bin/message/subscribe/send, its checks in WeChat's order, and the withdrawn ways of sending."""

import re
import time

from sandbox import push_events
from sandbox.errors import WxError
from sandbox.fields import check_data
from sandbox.wire import Call, Endpoint, Json, Reply, authorize, ok
from sandbox.world import World

PATH = "/cgi-bin/message/subscribe/send"
PAGE_SHAPE = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*(?:\?[^\s#]*)?\Z")
STATES = ("developer", "trial", "formal")
LANGUAGES = ("zh_CN", "en_US", "zh_HK", "zh_TW")
PAY_DAILY_FACTOR = 3  # apps with WeChat Pay may send three times as many a day
EVENT_WAIT_SECONDS = 20.0  # three tries of five seconds and their pauses


def check_page(world: World, page: object) -> str:
    """Return a page of the app's own (without leading slash), or raise 41030."""
    if page in (None, ""):
        return ""
    if not isinstance(page, str):
        raise WxError(41030)
    path = page.removeprefix("/")
    published = world.app.published_pages
    if not PAGE_SHAPE.match(path) or (published and path.split("?")[0] not in published):
        raise WxError(41030)
    return path


def choice(body: Json, name: str, allowed: tuple[str, ...], default: str) -> str:
    value = body.get(name) or default
    if value not in allowed:
        raise WxError(47003, f"argument invalid! {name} invalid")
    return str(value)


def daily_limit(world: World) -> int:
    return world.limits.send_daily * (PAY_DAILY_FACTOR if world.app.pay_enabled else 1)


def send(world: World, call: Call) -> Reply:
    """token → JSON → openid → template → page → fields → same openid in flight → accept left → daily limit → sent."""
    authorize(world, call)
    body = call.json()
    openid = world.users.get(body.get("touser")).openid
    template = world.templates.get(body.get("template_id"))
    page = check_page(world, body.get("page"))
    state = choice(body, "miniprogram_state", STATES, "formal")
    lang = choice(body, "lang", LANGUAGES, "zh_CN")
    values = check_data(template, body.get("data"))
    if not world.in_flight.enter(openid):
        raise WxError(43108)
    try:
        if world.limits.send_latency_ms:
            time.sleep(world.limits.send_latency_ms / 1000)
        _spend(world, openid, template.id)
        msgid = world.ids.message_id()
        world.outbox.add(
            msgid=msgid,
            openid=openid,
            template_id=template.id,
            values=values,
            at=world.clock.now(),
            received_ns=call.received_ns,
            page=page,
            state=state,
            lang=lang,
        )
    finally:
        world.in_flight.leave(openid)
    reply = ok(msgid=msgid)
    reply.after = lambda: _tell(world, openid, template.id, msgid)
    return reply


def _spend(world: World, openid: str, template_id: str) -> None:
    if not world.grants.allows(openid, template_id):
        raise WxError(43101)
    if not world.counters.day.take(PATH, daily_limit(world)):
        raise WxError(45009)
    if not world.grants.take(openid, template_id):  # switched off this very moment
        raise WxError(43101)


def _tell(world: World, openid: str, template_id: str, msgid: int) -> None:
    if not world.limits.sent_events:
        return
    event = push_events.sent(openid, template_id, msgid=msgid, at=world.clock.now())
    if world.limits.sent_event_first:
        world.push.send(event).wait(EVENT_WAIT_SECONDS)
    else:
        world.push.send(event, after_ms=world.limits.sent_event_delay_ms)


def uniform_send(world: World, call: Call) -> Reply:
    """Withdrawn on 2023-09-20: always refused, so that a program still using it shows."""
    authorize(world, call)
    raise WxError(45109)


def old_template(world: World, call: Call) -> Reply:
    """Mini-program template messages ended on 2020-01-10: always refused."""
    authorize(world, call)
    raise WxError(48001)


ENDPOINTS = (
    Endpoint(PATH, "POST", send),
    Endpoint("/cgi-bin/message/wxopen/template/uniform_send", "POST", uniform_send),
    Endpoint("/cgi-bin/message/wxopen/template/send", "POST", old_template),
    Endpoint("/cgi-bin/wxopen/template/list", "POST", old_template),
    Endpoint("/cgi-bin/wxopen/template/add", "POST", old_template),
    Endpoint("/cgi-bin/wxopen/template/del", "POST", old_template),
)
