"""The official account (服务号): template messages with an app id, a token and OpenIDs of its own, and who follows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Protocol

import redis
from sqlalchemy import Engine

from app.gateways.departure import Go, Steps, at_once
from app.gateways.vault import Vault

from . import answers
from .client import HardenedClient
from .outcomes import SendOutcome
from .sending import sent, sent_in_steps
from .token_shelves import TokenShelves
from .tokens import Fetch, TokenKeeper
from .troubles import Trouble, as_error

TEMPLATE_PATH: Final = "cgi-bin/message/template/send"
# 43101 here: the follower switched this template off. There is no permission that could be counted.
MUTED: Final = 43101


@dataclass(frozen=True, slots=True)
class Follower:
    """What WeChat says of an OpenID; `unionid` only of a follower, and only when the account is bound to an Open Platform."""

    follows: bool
    unionid: str | None = field(default=None, repr=False)


class OfficialAccount(Protocol):
    """What the programme asks of the official account."""

    def send_template_message(
        self, *, openid: str, template_id: str, page: str, data: Mapping[str, str], client_msg_id: str, go: Go = at_once
    ) -> SendOutcome:
        """Send one service message; WeChat drops a repeat of `client_msg_id` for ten minutes. Never raises."""
        ...

    def template_message_in_steps(
        self, *, openid: str, template_id: str, page: str, data: Mapping[str, str], client_msg_id: str
    ) -> Steps[SendOutcome | None]:
        """The same in steps, on a connection that stands; None when there is none, before anything was done."""
        ...

    def find_follower(self, openid: str) -> Follower:
        """Whether they follow, and their UnionID. Errors: WeChatUnavailable, WeChatTalkedNonsense, WeChatRejected."""
        ...


class HttpOfficialAccount:
    """Implements OfficialAccount over HTTP."""

    def __init__(
        self,
        *,
        appid: str,
        secret: str,
        mini_appid: str,
        base_url: str,
        production: bool,
        redis: redis.Redis,
        engine: Engine,
        vault: Vault,
        now: Callable[[], datetime],
    ) -> None:
        """`mini_appid`: whose pages a message opens. Errors: ValueError for a base URL that is not WeChat's."""
        shelves = TokenShelves(appid=appid, redis_client=redis, engine=engine, vault=vault)

        def keeper(fetch: Fetch) -> TokenKeeper:
            return TokenKeeper(fetch=fetch, shelves=shelves, now=now)

        self._client = HardenedClient(
            appid=appid, secret=secret, base_url=base_url, production=production, keeper=keeper
        )
        self._mini_appid = mini_appid

    def close(self) -> None:
        """Close the kept connections."""
        self._client.close()

    def send_template_message(
        self, *, openid: str, template_id: str, page: str, data: Mapping[str, str], client_msg_id: str, go: Go = at_once
    ) -> SendOutcome:
        body = self._message(openid, template_id, page, data, client_msg_id)
        return _official(sent(lambda: self._client.call("POST", TEMPLATE_PATH, body=body, go=go)))

    def template_message_in_steps(
        self, *, openid: str, template_id: str, page: str, data: Mapping[str, str], client_msg_id: str
    ) -> Steps[SendOutcome | None]:
        body = self._message(openid, template_id, page, data, client_msg_id)
        outcome = yield from sent_in_steps(self._client.call_in_steps(TEMPLATE_PATH, body=body))
        return None if outcome is None else _official(outcome)

    def _message(
        self, openid: str, template_id: str, page: str, data: Mapping[str, str], client_msg_id: str
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": {key: {"value": value} for key, value in data.items()},
            "client_msg_id": client_msg_id,
        }
        if page:
            body["miniprogram"] = {"appid": self._mini_appid, "pagepath": page}
        return body

    def find_follower(self, openid: str) -> Follower:
        try:
            answer = self._client.call("GET", "cgi-bin/user/info", params={"openid": openid, "lang": "zh_CN"})
            follows = answers.whole_number(answer.get("subscribe"))
            if follows not in (0, 1):
                raise Trouble("nonsense", "answer_without_subscribe")
            unionid = answers.identifier(answer, "unionid") if answer.get("unionid") else None
            return Follower(follows=bool(follows), unionid=unionid)
        except Trouble as trouble:
            refusal = as_error(trouble)
        raise refusal


def _official(outcome: SendOutcome) -> SendOutcome:
    if outcome.errcode == MUTED:
        return replace(outcome, action="fail_member", reason="muted")
    return outcome
