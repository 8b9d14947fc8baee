"""Servers that drip, flood, lie about lengths and redirect: a coded error each time, in bounded time."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from app.gateways.wechat import WeChatTalkedNonsense, WeChatUnavailable, exchange
from tests.gateways.conftest import MakeWeChat

Answer = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "READ_SECONDS", 1.2)


@contextmanager
def raw_server(answer: Answer) -> Iterator[str]:
    """A server that reads a request's head and then does as it likes."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with closing(connection):
                    connection.settimeout(5)
                    try:
                        connection.recv(65_536)
                        answer(connection)
                    except OSError:
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        threading.Event().wait(0.05)


def flood(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    while True:
        connection.sendall(b" " * 65_536)


def cut(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"openid": "o')


def babble(connection: socket.socket) -> None:
    connection.sendall(b"\x00\xff\x00 what?\r\n\r\n")


def false_length(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}")


def false_gzip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nnogzi")


@pytest.mark.parametrize("answer", [drip, flood, cut, babble, false_length, false_gzip])
def test_a_server_gone_mad_is_a_coded_error(
    make_wechat: MakeWeChat, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.gateways.wechat.answers.MAX_BODY_SECONDS", 0.5)
    with raw_server(answer) as url, pytest.raises((WeChatUnavailable, WeChatTalkedNonsense)):
        make_wechat(base_url=url).sign_in("0a1b2c")


def test_a_redirect_is_not_followed(make_wechat: MakeWeChat) -> None:
    stolen: list[bytes] = []

    def steal(connection: socket.socket) -> None:
        stolen.append(b"code and secret")

    with raw_server(steal) as thief:

        def elsewhere(connection: socket.socket) -> None:
            connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {thief}/\r\nContent-Length: 0\r\n\r\n".encode())

        with raw_server(elsewhere) as url, pytest.raises(WeChatUnavailable):
            make_wechat(base_url=url).sign_in("0a1b2c")
    assert not stolen
