"""The shapes of the public API: a call, a reply, an endpoint, and the token check nearly all of them begin with."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import WxError
from sandbox.tokens import Token
from sandbox.world import World

JSON_TYPE = "application/json; encoding=utf-8"
TEXT_TYPE = "text/plain"
Json = dict[str, Any]


@dataclass(slots=True)
class Call:
    """What came in. `received_ns` is the monotonic receipt time, taken before the request was parsed."""

    method: str
    path: str
    query: dict[str, str]
    raw: bytes
    received_ns: int
    drop: Callable[[str], None] | None = None
    _body: Json | None = field(default=None)

    def json(self) -> Json:
        """The body as an object; raise 44002 for an empty one, 47001 for anything but a JSON object."""
        if self._body is None:
            if not self.raw:
                raise WxError(44002)
            try:
                body = json.loads(self.raw)
            except (ValueError, RecursionError):
                raise WxError(47001) from None
            if not isinstance(body, dict):
                raise WxError(47001)
            self._body = body
        return self._body

    def who(self) -> tuple[str, str]:
        """Openid and template the call is about, as far as it says."""
        try:
            body = self.json()
        except WxError:
            body = {}
        openid = body.get("touser") or body.get("openid") or self.query.get("openid") or ""
        template_id = body.get("template_id") or ""
        return openid if isinstance(openid, str) else "", template_id if isinstance(template_id, str) else ""


@dataclass(slots=True)
class Reply:
    """A JSON object, or bytes of another type."""

    body: Json | bytes
    content_type: str = JSON_TYPE
    after: Callable[[], object] | None = None  # done once the answer is on its way into the log


Handler = Callable[[World, Call], Reply]


@dataclass(frozen=True, slots=True)
class Endpoint:
    path: str
    method: str  # GET, POST, or ANY
    handler: Handler


def ok(**parts: Any) -> Reply:
    return Reply({"errcode": 0, "errmsg": "ok", **parts})


def authorize(world: World, call: Call, *, official: bool = False) -> Token:
    """The live token of the call; 48001 when it belongs to the other account."""
    token = world.tokens.check(call.query.get("access_token", ""))
    if (token.appid == world.settings.oa_appid and world.settings.oa_appid != "") is not official:
        raise WxError(48001)
    return token
