"""Turns an event into the signed HTTP request WeChat would make, and asks a receiver to prove itself (echostr)."""

import json
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import urllib3

from sandbox import push_crypto, push_events
from sandbox.ids import Ids
from sandbox.settings import PushTarget

ANSWER_SECONDS = 5.0  # WeChat waits this long for an answer
ACCEPTED = (b"success", b"")
CONTENT_TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """One push, ready to be sent any number of times with the same bytes."""

    url: str
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0 and `error` tell of a request that got no answer."""

    accepted: bool
    status: int
    body: str
    error: str = ""


def prepare(
    event: push_events.Event, target: PushTarget, *, appid: str, ids: Ids, now: float, bad_signature: bool = False
) -> Prepared:
    """Sign (and in compat and secure mode encrypt) the event for the target."""
    timestamp, nonce = str(int(now)), ids.nonce()
    shape = push_events.as_json if target.format == "json" else push_events.as_xml
    plain = shape(event, account=target.account)
    query = {
        "signature": push_crypto.signature(target.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": event.openid,
    }
    body = plain
    if target.mode != "plain":
        encrypted = push_crypto.encrypt(plain, aes_key=target.aes_key, appid=appid)
        query["encrypt_type"] = "aes"
        query["msg_signature"] = push_crypto.signature(target.token, timestamp, nonce, encrypted)
        body = _envelope(plain, encrypted, target)
    if bad_signature:
        for name in ("signature", "msg_signature"):
            if name in query:
                query[name] = query[name][::-1]
    return Prepared(_with_query(target.url, query), body.encode(), CONTENT_TYPES[target.format])


def deliver(prepared: Prepared, pool: urllib3.PoolManager) -> Answer:
    """Send one push; an answer other than `success` (or nothing) within five seconds counts as refused."""
    return _ask(pool, "POST", prepared.url, body=prepared.body, headers={"Content-Type": prepared.content_type})


def verify(target: PushTarget, pool: urllib3.PoolManager, *, ids: Ids, now: float) -> Answer:
    """The GET a new push URL must pass: accepted only if it echoes our text back."""
    timestamp, nonce, echo = str(int(now)), ids.nonce(), ids.nonce()
    query = {
        "signature": push_crypto.signature(target.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": echo,
    }
    answer = _ask(pool, "GET", _with_query(target.url, query))
    return Answer(answer.status == 200 and answer.body == echo, answer.status, answer.body, answer.error)


def _ask(
    pool: urllib3.PoolManager,
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    try:
        response = pool.request(
            method,
            url,
            body=body,
            headers=headers,
            timeout=urllib3.Timeout(total=ANSWER_SECONDS),
            retries=False,
            redirect=False,
        )
    except (urllib3.exceptions.HTTPError, OSError) as error:
        return Answer(False, 0, "", type(error).__name__)
    content = response.data
    text = content[:500].decode("utf-8", "replace")
    return Answer(response.status == 200 and content.strip() in ACCEPTED, response.status, text)


def _envelope(plain: str, encrypted: str, target: PushTarget) -> str:
    if target.format == "json":
        outer = json.loads(plain) if target.mode == "compat" else {"ToUserName": target.account}
        return json.dumps({**outer, "Encrypt": encrypted}, ensure_ascii=False)
    inner = plain.removeprefix("<xml>").removesuffix("</xml>") if target.mode == "compat" else ""
    account = "" if inner else f"<ToUserName><![CDATA[{target.account}]]></ToUserName>"
    return f"<xml>{inner}{account}<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"


def _with_query(url: str, query: dict[str, str]) -> str:
    return url + ("&" if urlsplit(url).query else "?") + urlencode(query)
