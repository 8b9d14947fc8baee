"""Speaks to a sandbox over real HTTP, the way a server of the mini-program would, and pulls its control strings."""

from typing import Any

import requests

from sandbox import RunningSandbox

KEY = "control-key-of-the-tests"
OA_APPID = "wx00000000000000aa"
OA_SECRET = "oa-secret"
BIRTHDAY = "TPL_BIRTHDAY_DEMO"
SEND = "/cgi-bin/message/subscribe/send"
BIRTHDAY_DATA = {
    "thing1": {"value": "生日专享礼"},
    "date2": {"value": "2026年10月1日"},
    "thing3": {"value": "20元生日礼券"},
    "thing4": {"value": "到店出示会员码"},
}


class Driver:
    """`wx_*` are calls of the public API, `control` those behind the stage."""

    def __init__(self, box: RunningSandbox) -> None:
        self.box = box
        self.settings = box.app.extensions["sandbox"].settings
        self.session = requests.Session()
        self.session.trust_env = False
        self._token = ""

    def close(self) -> None:
        self.session.close()

    def request(self, method: str, path: str, **parts: Any) -> requests.Response:
        return self.session.request(method, self.box.url + path, timeout=20, **parts)

    def control(self, method: str, path: str, /, *, status: int | None = None, **body: Any) -> dict[str, Any]:
        headers = {"X-Sandbox-Key": KEY}
        json = body if method == "POST" else None
        response = self.request(method, "/__sandbox" + path, json=json, headers=headers)
        expected = (200, 201) if status is None else (status,)
        assert response.status_code in expected, response.text
        found = response.json()
        assert isinstance(found, dict)
        return found

    def get(self, path: str, **query: str) -> dict[str, Any]:
        found = self.request("GET", path, params=query).json()
        assert isinstance(found, dict)
        return found

    def post(self, path: str, body: object, **query: str) -> dict[str, Any]:
        found = self.request("POST", path, params=query, json=body).json()
        assert isinstance(found, dict)
        return found

    @property
    def token(self) -> str:
        if not self._token:
            self._token = self.stable()["access_token"]
        return self._token

    def plain(self) -> dict[str, Any]:
        app = {"appid": self.settings.appid, "secret": self.settings.secret}
        return self.get("/cgi-bin/token", grant_type="client_credential", **app)

    def stable(self, *, force: bool = False, official: bool = False) -> dict[str, Any]:
        appid, secret = (OA_APPID, OA_SECRET) if official else (self.settings.appid, self.settings.secret)
        body = {"grant_type": "client_credential", "appid": appid, "secret": secret, "force_refresh": force}
        return self.post("/cgi-bin/stable_token", body)

    def works(self, token: str) -> int:
        """The errcode of a harmless call with this token."""
        return int(self.post("/cgi-bin/openapi/quota/get", {"cgi_path": SEND}, access_token=token)["errcode"])

    def login(self, code: str, **changes: str) -> dict[str, Any]:
        query = {"appid": self.settings.appid, "secret": self.settings.secret, "grant_type": "authorization_code"}
        return self.get("/sns/jscode2session", **{**query, "js_code": code, **changes})

    def phone(self, code: str, **more: str) -> dict[str, Any]:
        return self.post("/wxa/business/getuserphonenumber", {"code": code, **more}, access_token=self.token)

    def user(self, name: str = "alice", **parts: Any) -> str:
        return str(self.control("POST", "/users", name=name, **parts)["openid"])

    def granted(self, name: str = "alice", *, times: int = 1, template_id: str = BIRTHDAY) -> str:
        openid = self.user(name)
        self.control("POST", "/grants", openids=[openid], template_id=template_id, count=times)
        return openid

    def message(self, openid: str, **changes: Any) -> dict[str, Any]:
        body = {
            "touser": openid,
            "template_id": BIRTHDAY,
            "page": "pages/coupon/index?id=1",
            "miniprogram_state": "formal",
            "lang": "zh_CN",
            "data": BIRTHDAY_DATA,
        }
        return {**body, **changes}

    def send(self, openid: str, **changes: Any) -> dict[str, Any]:
        return self.post(SEND, self.message(openid, **changes), access_token=self.token)

    def outbox(self, **query: str) -> list[dict[str, Any]]:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return list(self.control("GET", f"/outbox?{text}")["data"])
