"""Who is it: jscode2session, checksession and the phone number behind a phone code."""

import hashlib
import hmac
from typing import Any

from sandbox.codes import LOGIN, PHONE
from sandbox.errors import WxError
from sandbox.public.token_api import check_app
from sandbox.users import User
from sandbox.wire import TEXT_TYPE, Call, Endpoint, Reply, authorize, ok
from sandbox.world import World


def code_to_session(world: World, call: Call) -> Reply:
    """One use per code; a blocked user and too many logins a minute are refused before the code is spent."""
    appid = check_app(world, call.query, grant_type="authorization_code")
    if appid != world.settings.appid:
        raise WxError(40013)
    value = call.query.get("js_code", "")
    if not value:
        raise WxError(41008)
    code = world.codes.find(value, kind=LOGIN, appid=appid)
    user = world.users.get(code.openid)
    if user.blocked:
        raise WxError(40226)
    if not world.counters.minute.take(("login", user.openid), world.limits.login_per_minute):
        raise WxError(45011)
    world.codes.use(code)
    user.session_key = world.ids.session_key()
    user.last_seen = world.clock.now()
    body = {"openid": user.openid, "session_key": user.session_key}
    if user.unionid:
        body["unionid"] = user.unionid
    return Reply(body, TEXT_TYPE)


def session_signature(session_key: str) -> str:
    return hmac.new(session_key.encode(), b"", hashlib.sha256).hexdigest()


def check_session(world: World, call: Call) -> Reply:
    authorize(world, call)
    user = world.users.get(call.query.get("openid"))
    if call.query.get("sig_method") != "hmac_sha256":
        raise WxError(40097)
    given = call.query.get("signature", "").encode()
    if not user.session_key or not hmac.compare_digest(session_signature(user.session_key).encode(), given):
        raise WxError(87009)
    return ok()


def phone_number(world: World, call: Call) -> Reply:
    """Spend a phone code; an openid in the body must be the one the code was made for."""
    token = authorize(world, call)
    body = call.json()
    value = body.get("code")
    if not isinstance(value, str) or not value:
        raise WxError(40029)
    code = world.codes.find(value, kind=PHONE, appid=token.appid)
    if body.get("openid") not in (None, "", code.openid):
        raise WxError(40003)
    user = world.users.get(code.openid)
    if not user.phone:
        raise WxError(40029)
    world.codes.use(code)
    return ok(phone_info=_phone_info(world, user))


def _phone_info(world: World, user: User) -> dict[str, Any]:
    abroad = user.country_code != "86"
    country: str | int = int(user.country_code) if world.limits.country_code_as_number else user.country_code
    return {
        "phoneNumber": f"+{user.country_code}{user.phone}" if abroad else user.phone,
        "purePhoneNumber": user.phone,
        "countryCode": country,
        "watermark": {"timestamp": int(world.clock.now()), "appid": world.settings.appid},
    }


ENDPOINTS = (
    Endpoint("/sns/jscode2session", "GET", code_to_session),
    Endpoint("/wxa/checksession", "GET", check_session),
    Endpoint("/wxa/business/getuserphonenumber", "POST", phone_number),
)
