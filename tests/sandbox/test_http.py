"""The HTTP under it: kept-alive and pipelined calls, chunked bodies, nonsense; and the inbox page."""

import socket
from html.parser import HTMLParser

import pytest

from tests.sandbox.driver import KEY, Driver

HEALTH = b"GET /__sandbox/health HTTP/1.1\r\nHost: x\r\n\r\n"


def talk(wx: Driver, raw: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", wx.box.port), timeout=10) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
        return answer


def test_one_connection_carries_many_calls(wx: Driver) -> None:
    assert talk(wx, HEALTH * 3).count(b"HTTP/1.1 200 OK") == 3
    closing = HEALTH.replace(b"Host: x", b"Connection: close")
    assert talk(wx, closing + HEALTH).count(b"HTTP/1.1 200 OK") == 1


def test_a_chunked_body_is_understood(wx: Driver) -> None:
    body = iter([b'{"grant_type":"client_credential",', b'"appid":"nobody","secret":"x"}'])
    response = wx.session.post(wx.box.url + "/cgi-bin/stable_token", data=body, timeout=10)
    assert response.json()["errcode"] == 40013


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" + b"".join(b"H%d: x\r\n" % n for n in range(200)) + b"\r\n", b"400"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nshort", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    ],
)
def test_nonsense_is_refused_and_harms_nobody(wx: Driver, raw: bytes, status: bytes) -> None:
    assert talk(wx, raw).startswith(b"HTTP/1.1 " + status)
    assert b"200 OK" in talk(wx, HEALTH)


def test_no_body_however_odd_upsets_the_public_api(wx: Driver) -> None:
    paths = [rule.rule for rule in wx.box.app.url_map.iter_rules() if not rule.rule.startswith("/__sandbox")]
    assert len(paths) >= 25
    deep = b"[" * 100_000
    for path in paths:
        for body in (b"", b"\xff\xfe", b"[]", b"null", b'{"code":[],"scene":{},"data":"\\ud800","appid":{}}', deep):
            response = wx.request("POST", path, params={"access_token": wx.token}, data=body)
            assert response.status_code == 200, (path, body[:20])
            assert response.json()["errcode"] != 0, (path, body[:20])


class Seen(HTMLParser):
    """Tag names and the text outside styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def inbox(wx: Driver, **query: str) -> tuple[int, Seen, str]:
    response = wx.request("GET", "/__sandbox/inbox", params=query)
    seen = Seen()
    seen.feed(response.text)
    return response.status_code, seen, response.headers.get("Content-Security-Policy", "")


def test_the_inbox_shows_a_users_messages_as_text(wx: Driver) -> None:
    openid = wx.granted("<b>alice</b>", times=2)
    data = {
        "thing1": {"value": "<script>1</script>"[:20]},
        "date2": {"value": "2026年10月1日"},
        "thing3": {"value": "礼券"},
        "thing4": {"value": "到店"},
    }
    wx.send(openid, data=data)
    status, seen, policy = inbox(wx, key=KEY, openid=openid)
    assert status == 200 and "script" not in seen.tags and "b" not in seen.tags
    for text in (
        "服务通知",
        "<b>alice</b>",
        "生日礼遇提醒",
        "活动名称",
        "<script>1</script>",
        "pages/coupon/index?id=1",
    ):
        assert text in seen.text
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    assert "Service messages" in inbox(wx, key=KEY, openid=openid, lang="en")[1].text


def test_the_inbox_lists_users_and_needs_the_key(wx: Driver) -> None:
    wx.user("alice")
    assert "alice" in inbox(wx, key=KEY)[1].text
    status, seen, _ = inbox(wx, key=KEY, openid="nobody")
    assert status == 404 and "没有这位用户" in seen.text
    assert inbox(wx, key="wrong")[0] == 401 and inbox(wx)[0] == 401
    headers = {"X-Sandbox-Key": KEY}
    assert wx.request("GET", "/__sandbox/inbox", headers=headers).status_code == 200
