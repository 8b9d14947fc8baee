"""GET /cgi-bin/token and POST /cgi-bin/stable_token."""

from collections.abc import Mapping

from sandbox.errors import WxError
from sandbox.wire import Call, Endpoint, Reply
from sandbox.world import World


def check_app(world: World, parts: Mapping[str, object], *, grant_type: str) -> str:
    """Return the app id, or raise 40002, 41002, 40013, 41004 or 40125 for the first part that is wrong."""
    if parts.get("grant_type") != grant_type:
        raise WxError(40002)
    return check_secret(world, parts.get("appid"), parts.get("secret"))


def check_secret(world: World, appid: object, secret: object) -> str:
    if not appid:
        raise WxError(41002)
    expected = world.secret_of(appid) if isinstance(appid, str) else None
    if expected is None:
        raise WxError(40013)
    if not secret:
        raise WxError(41004)
    if secret != expected:
        raise WxError(40125)
    return str(appid)


def plain(world: World, call: Call) -> Reply:
    appid = check_app(world, call.query, grant_type="client_credential")
    token, seconds = world.tokens.issue_plain(appid)
    return Reply({"access_token": token.value, "expires_in": seconds})


def stable(world: World, call: Call) -> Reply:
    body = call.json()
    appid = check_app(world, body, grant_type="client_credential")
    token, seconds = world.tokens.issue_stable(appid, force=body.get("force_refresh") is True)
    return Reply({"access_token": token.value, "expires_in": seconds})


ENDPOINTS = (
    Endpoint("/cgi-bin/token", "GET", plain),
    Endpoint("/cgi-bin/stable_token", "POST", stable),
)
