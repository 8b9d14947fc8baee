"""The people of the story, each with the client they would hold in hand."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests

from app.rules import member_code

TIMEOUT_SECONDS = 15


@dataclass
class Answer:
    """Status and JSON of one request; `code` is the error's code, None when it went well."""

    status: int
    json: Any

    @property
    def code(self) -> str | None:
        return self.json.get("error", {}).get("code") if isinstance(self.json, dict) else None


@dataclass
class Client:
    """HTTP against one door, with a token once signed in and a fresh idempotency key for every POST."""

    base_url: str
    token: str | None = None

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """One request; `key` repeats an earlier one."""
        headers = {"Accept-Language": "zh-CN"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        response = requests.request(method, self.base_url + path, json=body, headers=headers, timeout=TIMEOUT_SECONDS)
        return Answer(response.status_code, response.json() if response.content else None)

    def get(self, path: str) -> Any:
        """The JSON of a GET that has to succeed."""
        return self._must(self.call("GET", path))

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON of a POST that has to succeed."""
        return self._must(self.call("POST", path, body))

    @staticmethod
    def _must(answer: Answer) -> Any:
        if answer.status >= 300:
            raise RuntimeError(f"{answer.status}: {answer.json}")
        return answer.json


@dataclass
class WeChat:
    """The sandbox's other side: the customer's thumb on the phone."""

    base_url: str
    key: str

    def do(self, path: str, body: Any) -> Any:
        """Post to the control API."""
        return self._request("POST", path, json=body)

    def see(self, where: str, **query: Any) -> Any:
        """Read from the control API."""
        return self._request("GET", where, params=query)

    def _request(self, method: str, where: str, **arguments: Any) -> Any:
        response = requests.request(
            method,
            f"{self.base_url}/__sandbox{where}",
            headers={"X-Sandbox-Key": self.key},
            timeout=TIMEOUT_SECONDS,
            **arguments,
        )
        response.raise_for_status()
        return response.json()


class Customer(Client):
    """Somebody with the mini-program."""

    def __init__(self, web_url: str, wechat: WeChat, *, name: str) -> None:
        super().__init__(web_url + "/api/mini/v1")
        self.wechat, self.name = wechat, name
        self.openid = str(wechat.do("/users", {"name": name})["openid"])

    def join(self, terms: str) -> Answer:
        """Open the mini-program: wx.login, then sign in (and join, the first time)."""
        code = self.wechat.do("/login-code", {"openid": self.openid})["code"]
        answer = self.call("POST", "/sessions", {"login_code": code, "membership_consent": {"document_version": terms}})
        if answer.status == 201:
            self.token = answer.json["token"]
        return answer

    def prove_phone(self, phone: str) -> Any:
        """Tap the phone button."""
        code = self.wechat.do("/phone-code", {"openid": self.openid, "phone": phone})["code"]
        return self.post("/me/phone", {"phone_code": code})

    def draw_code(self) -> str:
        """What the screen shows now, computed on the device from its secret and the server's time."""
        card = self.get("/me/member-code")
        step = member_code.step_at(datetime.fromisoformat(card["server_time"]))
        return member_code.draw(card["number"], _base32(card["secret"]), step=step)

    def draw_screenshot(self) -> str:
        """What the screen showed five minutes ago."""
        card = self.get("/me/member-code")
        past = datetime.fromisoformat(card["server_time"]) - timedelta(minutes=5)
        return member_code.draw(card["number"], _base32(card["secret"]), step=member_code.step_at(past))


def _base32(secret: str) -> bytes:
    import base64

    return base64.b32decode(secret + "=" * (-len(secret) % 8))
