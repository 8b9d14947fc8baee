"""The real WeChat: one method per thing the programme asks, each with its answer checked field by field."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import redis
from sqlalchemy import Engine

from app.gateways.departure import Go, Steps, at_once
from app.gateways.vault import Vault

from . import answers
from .client import HardenedClient
from .failures import LOGIN_AGAIN, PHONE_AGAIN, WeChatCodeRefused
from .outcomes import SendOutcome
from .port import Lang, SignIn, TemplateInfo, Verdict
from .request_checks import check_code_request, check_text_request
from .sending import sent, sent_in_steps
from .templates import template_info
from .token_shelves import TokenShelves
from .tokens import Fetch, TokenKeeper
from .troubles import Trouble, as_error

MiniprogramState = Literal["formal", "trial", "developer"]

# WeChat's phone code lives 5 minutes, seen counting from the customer's tap; the rest is for clocks that differ.
PHONE_AGE_SECONDS: Final = 600
SUBSCRIBE_PATH: Final = "cgi-bin/message/subscribe/send"
RISKY_TEXT: Final = 87014
_ENV_VERSION: Final = {"formal": "release", "trial": "trial", "developer": "develop"}
_CODE: Final = re.compile(r"[\x21-\x7e]{1,256}")
_COUNTRY: Final = re.compile(r"[1-9][0-9]{0,3}")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


class HttpWeChat:
    """Implements WeChatGateway over HTTP."""

    def __init__(
        self,
        *,
        appid: str,
        secret: str,
        base_url: str,
        miniprogram_state: str,
        production: bool,
        redis: redis.Redis,
        engine: Engine,
        vault: Vault,
        now: Callable[[], datetime],
    ) -> None:
        """Errors: ValueError for a base URL that is neither WeChat's nor this machine's, or an unknown state."""
        if miniprogram_state not in _ENV_VERSION:
            raise ValueError("miniprogram_state must be formal, trial or developer")
        shelves = TokenShelves(appid=appid, redis_client=redis, engine=engine, vault=vault)

        def keeper(fetch: Fetch) -> TokenKeeper:
            return TokenKeeper(fetch=fetch, shelves=shelves, now=now)

        self._client = HardenedClient(
            appid=appid, secret=secret, base_url=base_url, production=production, keeper=keeper
        )
        self._appid, self._secret, self._state, self._now = appid, secret, miniprogram_state, now

    def close(self) -> None:
        """Close the kept connections."""
        self._client.close()

    def sign_in(self, login_code: str) -> SignIn:
        if not _CODE.fullmatch(login_code):
            raise WeChatCodeRefused(advice=LOGIN_AGAIN)
        params = {
            "appid": self._appid,
            "secret": self._secret,
            "js_code": login_code,
            "grant_type": "authorization_code",
        }
        try:
            answer = self._client.call("GET", "sns/jscode2session", params=params, with_token=False)
            # The session_key is dropped here: nothing in the programme needs it.
            unionid = answers.identifier(answer, "unionid") if answer.get("unionid") else None
            return SignIn(answers.identifier(answer, "openid"), unionid)
        except Trouble as trouble:
            refusal = as_error(trouble, advice=LOGIN_AGAIN)
        raise refusal

    def phone_number(self, phone_code: str, *, openid: str) -> str:
        if not _CODE.fullmatch(phone_code):
            raise WeChatCodeRefused(advice=PHONE_AGAIN)
        try:
            answer = self._client.call(
                "POST", "wxa/business/getuserphonenumber", body={"code": phone_code, "openid": openid}
            )
            return self._checked_phone(answer.get("phone_info"))
        except Trouble as trouble:
            refusal = as_error(trouble, advice=PHONE_AGAIN)
        raise refusal

    def send_subscribe_message(
        self,
        *,
        openid: str,
        template_id: str,
        page: str,
        data: Mapping[str, str],
        lang: Lang = "zh_CN",
        go: Go = at_once,
    ) -> SendOutcome:
        body = self._message(openid, template_id, page, data, lang)
        return sent(lambda: self._client.call("POST", SUBSCRIBE_PATH, body=body, go=go))

    def subscribe_message_in_steps(
        self, *, openid: str, template_id: str, page: str, data: Mapping[str, str], lang: Lang = "zh_CN"
    ) -> Steps[SendOutcome | None]:
        body = self._message(openid, template_id, page, data, lang)
        return (yield from sent_in_steps(self._client.call_in_steps(SUBSCRIBE_PATH, body=body)))

    def _message(self, openid: str, template_id: str, page: str, data: Mapping[str, str], lang: Lang) -> dict[str, Any]:
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "miniprogram_state": self._state,
            "lang": lang,
            "data": {key: {"value": value} for key, value in data.items()},
        }
        if page:
            body["page"] = page
        return body

    def list_templates(self) -> list[TemplateInfo]:
        try:
            answer = self._client.call("GET", "wxaapi/newtmpl/gettemplate", max_bytes=answers.MAX_LIST_BYTES)
            rows = answer.get("data")
            if not isinstance(rows, list):
                raise Trouble("nonsense", "answer_without_data")
            return [template_info(row) for row in rows]
        except Trouble as trouble:
            refusal = as_error(trouble)
        raise refusal

    def mini_program_code(self, *, scene: str, page: str, width: int = 430) -> bytes:
        check_code_request(scene=scene, page=page, width=width)
        body = {
            "scene": scene,
            "page": page,
            "check_path": False,
            "env_version": _ENV_VERSION[self._state],
            "width": width,
        }
        try:
            return self._client.image("wxa/getwxacodeunlimit", body=body)
        except Trouble as trouble:
            refusal = as_error(trouble)
        raise refusal

    def check_text(self, *, openid: str, content: str, scene: int) -> Verdict:
        check_text_request(content=content, scene=scene)
        body = {"version": 2, "openid": openid, "scene": scene, "content": content}
        try:
            result = self._client.call("POST", "wxa/msg_sec_check", body=body).get("result")
            suggest = result.get("suggest") if isinstance(result, dict) else None
            # errcode 0 does not mean clean; a word we do not know must not pass for "pass".
            if suggest not in ("pass", "review", "risky"):
                raise Trouble("nonsense", "answer_without_suggest")
            return suggest  # type: ignore[no-any-return]
        except Trouble as trouble:
            if trouble.errcode == RISKY_TEXT:
                return "risky"
            refusal = as_error(trouble)
        raise refusal

    def _checked_phone(self, info: object) -> str:
        if not isinstance(info, dict) or not isinstance(info.get("watermark"), dict):
            raise Trouble("nonsense", "answer_without_phone_info")
        watermark = info["watermark"]
        if watermark.get("appid") != self._appid:
            raise Trouble("nonsense", "phone_of_another_app")
        stamped = answers.whole_number(watermark.get("timestamp"))
        if stamped is None or abs(self._now().timestamp() - stamped) > PHONE_AGE_SECONDS:
            raise Trouble("nonsense", "phone_watermark_stale")
        country, number = str(info.get("countryCode")), str(info.get("purePhoneNumber"))
        # Each part by itself: without its country a Chinese number would pass for an American one.
        phone = f"+{country}{number}"
        if not (_COUNTRY.fullmatch(country) and _E164.fullmatch(phone)):
            raise Trouble("nonsense", "phone_malformed")
        return phone
