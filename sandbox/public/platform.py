"""Quota: how much of a daily limit is used, starting it again, and what a request id stood for."""

from sandbox.errors import WxError
from sandbox.public import messages, official
from sandbox.public.token_api import check_secret
from sandbox.wire import Call, Endpoint, Reply, ok
from sandbox.world import World

TOKEN_PATHS = {"/cgi-bin/token": "token", "/cgi-bin/stable_token": "stable"}


def _limit(world: World, path: str) -> int:
    limits = world.limits
    known = {
        messages.PATH: messages.daily_limit(world),
        official.PATH: limits.official_send_daily,
        "/cgi-bin/token": limits.token_daily,
        "/cgi-bin/stable_token": limits.stable_daily,
        "/wxa/msg_sec_check": limits.text_check_daily,
    }
    return known.get(path, limits.template_api_daily)


def quota_get(world: World, call: Call) -> Reply:
    token = world.tokens.check(call.query.get("access_token", ""))
    path = call.json().get("cgi_path")
    if not isinstance(path, str) or not path.startswith("/"):
        raise WxError(40097)
    kind = TOKEN_PATHS.get(path)
    used = world.counters.day.used((kind, token.appid) if kind else path)
    limit = _limit(world, path)
    return ok(quota={"daily_limit": limit, "used": used, "remain": max(0, limit - used)})


def clear_quota(world: World, call: Call) -> Reply:
    token = world.tokens.check(call.query.get("access_token", ""))
    if call.json().get("appid") != token.appid:
        raise WxError(40013)
    return _clear(world, token.appid)


def clear_quota_v2(world: World, call: Call) -> Reply:
    """The same by app id and secret, for when the token limit itself is used up."""
    body = call.json() if call.raw else call.query
    return _clear(world, check_secret(world, body.get("appid"), body.get("appsecret")))


def _clear(world: World, appid: str) -> Reply:
    if not world.counters.month.take(("clear_quota", appid), world.limits.clear_quota_monthly):
        raise WxError(48006)
    world.counters.day.forget()
    return ok()


def rid_get(world: World, call: Call) -> Reply:
    world.tokens.check(call.query.get("access_token", ""))
    rid = call.json().get("rid")
    entry = world.calls.find_rid(rid) if isinstance(rid, str) and rid else None
    if entry is None:
        raise WxError(40097)
    request = {
        "invoke_time": int(entry.at),
        "cost_in_ms": entry.took_us // 1000,
        "request_url": entry.path,
        "request_body": "",
        "response_body": f'{{"errcode":{entry.errcode}}}',
        "client_ip": "127.0.0.1",
    }
    return ok(request=request)


ENDPOINTS = (
    Endpoint("/cgi-bin/openapi/quota/get", "POST", quota_get),
    Endpoint("/cgi-bin/clear_quota", "POST", clear_quota),
    Endpoint("/cgi-bin/clear_quota/v2", "POST", clear_quota_v2),
    Endpoint("/cgi-bin/openapi/rid/get", "POST", rid_get),
)
