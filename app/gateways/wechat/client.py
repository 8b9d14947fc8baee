"""wechatpy's client with its HTTP layer and token handling replaced: every call is bounded in time and size, a token
error is retried once, and nothing that holds a secret leaves as an exception or a log line."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool
from wechatpy import WeChatClient

from app.gateways.departure import Go, Steps, at_once, walk

from . import answers
from .exchange import CONNECT_SECONDS, READ_SECONDS, Result, exchange
from .punctual import make_punctual
from .tokens import TokenKeeper
from .troubles import Trouble

WECHAT_HOST: Final = "https://api.weixin.qq.com"
# Kept at most: a message that waits for its moment has one, and so has every one of a volley.
CONNECTIONS: Final = 256
TOKEN_ERRORS: Final = frozenset({40001, 40014, 42001})

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_SECRET_IN_URL: Final = re.compile(r"((?:secret|access_token|js_code)=)[^&\s\"']+")

_HEADERS: Final = {**requests.utils.default_headers()}
_JSON_HEADERS: Final = {**_HEADERS, "Content-Type": "application/json"}

Method = Literal["GET", "POST"]


class HardenedClient(WeChatClient):  # type: ignore[misc]
    """One per process; safe to share between threads."""

    def __init__(
        self,
        *,
        appid: str,
        secret: str,
        base_url: str,
        production: bool,
        keeper: Callable[[Callable[[bool], tuple[str, int]]], TokenKeeper],
    ) -> None:
        super().__init__(appid, secret, timeout=(CONNECT_SECONDS, READ_SECONDS), auto_retry=False)
        self.root = checked_base_url(base_url, production=production) + "/"
        self.API_BASE_URL = self.root + "cgi-bin/"
        self.wxa.API_BASE_URL = self.root
        # A proxy from the environment must not see traffic to this machine.
        self._http.trust_env = not _is_loopback(self.root)
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=CONNECTIONS))
        self._pool, self._base = _pool_of(self._http, self.root), urlsplit(self.root).path
        self._keeper = keeper(self._fetch_stable_token)
        _hide_secrets_in_urllib3_logs()

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()

    @property
    def access_token(self) -> str:
        return self._keeper.token()

    def fetch_access_token(self) -> dict[str, Any]:
        """wechatpy's name for it; the shared, single-flight token instead of a fetch per caller."""
        return {"access_token": self._keeper.token()}

    def call(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        with_token: bool = True,
        max_bytes: int = answers.MAX_JSON_BYTES,
        go: Go = at_once,
    ) -> dict[str, Any]:
        """One API call; the JSON object of its success. Errors: Trouble; NeverCame when `go` said so."""
        exchanged = self._exchange(method, path, params=params, body=body, with_token=with_token, max_bytes=max_bytes)
        return answers.parse_json(*_done(walk(exchanged, go)))

    def call_in_steps(self, path: str, *, body: Mapping[str, Any]) -> Steps[dict[str, Any] | None]:
        """As `call`, of a POST, on a connection that stands; None when there is none, before anything was done."""
        exchanged = yield from self._exchange("POST", path, params=None, body=body, stands=True)
        return None if exchanged is None else answers.parse_json(*exchanged)

    def image(self, path: str, *, body: Mapping[str, Any]) -> bytes:
        """One API call that answers with a picture. Errors: Trouble."""
        exchanged = self._exchange("POST", path, params=None, body=body, max_bytes=answers.MAX_IMAGE_BYTES)
        return answers.parse_image(*_done(walk(exchanged)))

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> dict[str, Any]:
        # Whatever goes through wechatpy's own API classes takes the hardened path as well.
        url = url_or_endpoint
        if not url.startswith(("http://", "https://")):
            url = kwargs.get("api_base_url", self.API_BASE_URL) + url
        if not url.startswith(self.root):
            raise Trouble("not_sent", "foreign_host")
        verb: Method = "GET" if method.upper() == "GET" else "POST"
        return self.call(verb, url.removeprefix(self.root), params=kwargs.get("params"), body=kwargs.get("data"))

    def _exchange(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        with_token: bool = True,
        max_bytes: int = answers.MAX_JSON_BYTES,
        stands: bool = False,
    ) -> Steps[Result | None]:
        encoded, values = _encode(body), {**(params or {})}
        if not with_token:
            return (yield from self._once(method, path, params=values, body=encoded, max_bytes=max_bytes))
        token = self._keeper.token()
        values["access_token"] = token
        exchanged = yield from self._once(method, path, params=values, body=encoded, max_bytes=max_bytes, stands=stands)
        if exchanged is None or not _is_token_error(*exchanged):
            return exchanged
        values["access_token"] = self._keeper.renew(token)
        return (yield from self._once(method, path, params=values, body=encoded, max_bytes=max_bytes))

    def _once(
        self,
        method: Method,
        path: str,
        *,
        params: dict[str, str],
        body: bytes | None,
        max_bytes: int,
        stands: bool = False,
    ) -> Steps[Result | None]:
        query = f"?{urlencode(params)}" if params else ""
        return exchange(
            self._pool,
            method,
            f"{self._base}{path}{query}",
            body=body,
            headers=_HEADERS if body is None else _JSON_HEADERS,
            max_bytes=max_bytes,
            stands=stands,
        )

    def _fetch_stable_token(self, force: bool) -> tuple[str, int]:
        """The token and its remaining life in seconds. Errors: Trouble."""
        answer = self.call(
            "POST",
            "cgi-bin/stable_token",
            body={
                "grant_type": "client_credential",
                "appid": self.appid,
                "secret": self.secret,
                "force_refresh": force,
            },
            with_token=False,
        )
        token, seconds = answer.get("access_token"), answers.whole_number(answer.get("expires_in"))
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,1024}", token):
            raise Trouble("nonsense", "answer_without_token")
        if seconds is None or not 0 < seconds <= 86_400:
            raise Trouble("nonsense", "answer_without_expiry")
        return token, seconds


def checked_base_url(base_url: str, *, production: bool) -> str:
    """Errors: ValueError. The AppSecret travels to this host, so only WeChat and this machine are possible."""
    url = base_url.rstrip("/")
    if url == WECHAT_HOST:
        return url
    if production:
        raise ValueError(f"The WeChat base URL must be {WECHAT_HOST} in production")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not _is_loopback(url) or parts.query or parts.username:
        raise ValueError(f"The WeChat base URL must be {WECHAT_HOST} or on this machine's loopback")
    return url


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in _LOOPBACK


def _encode(body: Mapping[str, Any] | None) -> bytes | None:
    if body is None:
        return None
    try:
        return json.dumps(body, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise Trouble("refused", "text_unencodable", errcode=47001) from None


def _is_token_error(status: int, content: bytes) -> bool:
    try:
        answers.parse_json(status, content)
    except Trouble as trouble:
        return trouble.errcode in TOKEN_ERRORS
    return False


def _pool_of(session: requests.Session, root: str) -> HTTPConnectionPool:
    """The connections to WeChat with the certificates and proxies requests finds in the environment. They are spoken to
    directly: what a session does around each call costs as much as the call."""
    settings = session.merge_environment_settings(root, {}, True, None, None)
    adapter = session.get_adapter(root)
    assert isinstance(adapter, HTTPAdapter)  # noqa: S101 for the type
    pool = adapter.get_connection_with_tls_context(
        requests.Request("GET", root).prepare(),
        settings["verify"],
        proxies=settings["proxies"],
        cert=settings["cert"],
    )
    assert isinstance(pool, HTTPConnectionPool)  # noqa: S101 for the type
    make_punctual(pool)
    return pool


def _done(exchanged: Result | None) -> Result:
    assert exchanged is not None  # noqa: S101 for the type: only who asks for a standing connection may get none
    return exchanged


class _HideSecrets(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _SECRET_IN_URL.sub(r"\1***", record.getMessage()), None
        return True


_HIDE_SECRETS: Final = _HideSecrets()


def _hide_secrets_in_urllib3_logs() -> None:
    # urllib3 logs the URL of an answer whose headers it cannot read, and at DEBUG every URL.
    for name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_HIDE_SECRETS)
