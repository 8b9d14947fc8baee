"""A message leaves the moment it may: everything it costs is spent before, and nothing is written when the moment never comes."""

import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import requests
from urllib3 import HTTPSConnectionPool

from app.gateways.departure import Answer, Go, NeverCame, Steps, at_once, walk
from app.gateways.wechat import SendOutcome, WeChatGateway, client
from app.gateways.wechat.exchange import exchange
from app.gateways.wechat.punctual import make_punctual
from tests.gateways.conftest import MakeWeChat
from tests.gateways.mail_server import make_certificate
from tests.gateways.wechat_box import FIELDS, SEND_PATH, TEMPLATE, TOKEN_PATH, WeChatBox

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Listener:
    """Answers every piece that arrives, whole requests or not, and keeps them."""

    server: socket.socket
    context: ssl.SSLContext | None = None
    pieces: list[bytes] = field(default_factory=list)
    connections: list[socket.socket] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.connections.append(connection)
            self.arrived.set()
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError):
            spoken = self.context.wrap_socket(connection, server_side=True) if self.context else connection
            with spoken:
                while piece := spoken.recv(65_536):
                    self.pieces.append(piece)
                    spoken.sendall(ANSWER)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    return make_certificate(Path(tmp_path_factory.mktemp("tls")))


@pytest.fixture
def listener() -> Iterator[Listener]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        listening = Listener(server)
        threading.Thread(target=listening.serve, daemon=True).start()
        yield listening
        server.shutdown(socket.SHUT_RDWR)
        for one in listening.connections:
            one.close()


def ask(listener: Listener, session: requests.Session, go: Go = at_once) -> int:
    pool = client._pool_of(session, f"http://127.0.0.1:{listener.server.getsockname()[1]}/")
    exchanging = exchange(pool, "POST", "/x", body=b"body", headers={"A": "b"}, max_bytes=100)
    exchanged = walk(exchanging, go)
    return exchanged[0] if exchanged else 0


def send(gateway: WeChatGateway, openid: str, **when: object) -> SendOutcome:
    return gateway.send_subscribe_message(openid=openid, template_id=TEMPLATE, page="", data=FIELDS, **when)  # type: ignore[arg-type]


def test_the_connection_stands_before_the_moment_and_the_request_is_one_piece(listener: Listener) -> None:
    def go() -> bool:
        assert listener.arrived.wait(5)
        assert listener.pieces == []
        return True

    with requests.Session() as session:
        assert ask(listener, session, go) == 200
    (piece,) = listener.pieces
    assert piece.startswith(b"POST /x HTTP/1.1\r\n")
    assert piece.endswith(b"\r\n\r\nbody")


def client_of(listener: Listener) -> client.HardenedClient:
    url = f"http://127.0.0.1:{listener.server.getsockname()[1]}"
    keeper = cast(Any, lambda _fetch: None)
    return client.HardenedClient(appid="wx1", secret="s", base_url=url, production=False, keeper=keeper)


def test_a_kept_connection_that_was_closed_while_waiting_costs_a_moment_and_no_doubt(listener: Listener) -> None:
    moments: list[int] = []

    def go() -> bool:
        if not moments:
            listener.connections[0].shutdown(socket.SHUT_RDWR)
            # Until its end has come here.
            threading.Event().wait(0.1)
        moments.append(len(listener.pieces))
        return True

    with closing(client_of(listener)) as calls:
        calls.call("POST", "x", body={}, with_token=False)
        calls.call("POST", "x", body={}, with_token=False, go=go)
    assert moments == [1, 1]
    assert (len(listener.connections), len(listener.pieces)) == (2, 2)


def test_what_a_handshake_left_to_read_is_no_end(certificate: tuple[ssl.SSLContext, str]) -> None:
    context, trusted = certificate
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        listening = Listener(server, context=context)
        threading.Thread(target=listening.serve, daemon=True).start()

        def go() -> bool:
            # Until the tickets of TLS 1.3 have come.
            threading.Event().wait(0.1)
            return True

        with closing(HTTPSConnectionPool("127.0.0.1", server.getsockname()[1], ca_certs=trusted)) as pool:
            make_punctual(pool)
            exchanging = exchange(pool, "POST", "/x", body=b"body", headers={}, max_bytes=100)
            assert walk(exchanging, go) == (200, b"{}")
        assert len(listening.connections) == 1
        server.shutdown(socket.SHUT_RDWR)


def test_through_a_proxy_the_request_waits_at_the_end_of_its_tunnel(
    certificate: tuple[ssl.SSLContext, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = certificate
    asked: list[bytes] = []
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as server,
        closing(socket.create_server(("127.0.0.1", 0))) as proxy,
    ):
        listening = Listener(server, context=context)
        threading.Thread(target=listening.serve, daemon=True).start()

        def tunnel() -> None:
            inner, _ = proxy.accept()
            asked.append(inner.recv(65_536))
            with inner, socket.create_connection(server.getsockname()) as outer:
                inner.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                threading.Thread(target=_pump, args=(outer, inner), daemon=True).start()
                _pump(inner, outer)

        threading.Thread(target=tunnel, daemon=True).start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", trusted)
        with requests.Session() as session:
            pool = client._pool_of(session, f"https://127.0.0.1:{server.getsockname()[1]}/")
            waiting = exchange(pool, "POST", "/x", body=b"body", headers={}, max_bytes=100)
            assert next(waiting) is None
            assert (listening.pieces, len(asked)) == ([], 1)
            assert asked[0].startswith(b"CONNECT 127.0.0.1:")
            assert isinstance(waiting.send(True), Answer)
            with pytest.raises(StopIteration) as end:
                waiting.send(True)
            assert end.value.value == (200, b"{}")
        server.shutdown(socket.SHUT_RDWR)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)


def test_a_hundred_that_wait_together_keep_their_connections(listener: Listener) -> None:
    crowd = 100
    with closing(client_of(listener)) as calls, ThreadPoolExecutor(crowd) as threads:
        for _ in range(2):
            together = threading.Barrier(crowd, timeout=20)
            list(
                threads.map(
                    lambda _, together=together: calls.call(
                        "POST", "x", body={}, with_token=False, go=lambda: together.wait() >= 0
                    ),
                    range(crowd),
                )
            )
    assert len(listener.connections) == crowd


def test_what_leaves_at_once_is_held_back_by_nobody(listener: Listener) -> None:
    with requests.Session() as session:
        with pytest.raises(NeverCame):
            ask(listener, session, lambda: False)
        assert ask(listener, session) == 200
    assert len(listener.pieces) == 1


def test_the_token_is_there_before_the_moment(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    seen: list[list[str]] = []

    def go() -> bool:
        seen.append(list(box.calls()))
        return True

    assert send(make_wechat(), box.user(grants=1), go=go).status == "ok"
    # The token itself had no moment to wait for.
    assert seen == [[TOKEN_PATH]]
    assert box.calls()[SEND_PATH] == 1


def test_a_call_made_again_with_another_token_waits_for_another_moment(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    gateway, moments = make_wechat(), []

    def go() -> bool:
        moments.append(box.calls()[SEND_PATH])
        return True

    box.fault(SEND_PATH, times=1, errcode=40001)
    assert send(gateway, box.user(grants=1), go=go).status == "ok"
    assert moments == [0, 1]


def test_when_the_moment_never_comes_nothing_is_written(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    outcome = send(make_wechat(), openid := box.user(grants=1), go=lambda: False)
    assert (outcome.status, outcome.reason, outcome.action, outcome.not_sent) == (
        "failed",
        "no_slot",
        "retry_soon",
        True,
    )
    assert SEND_PATH not in box.calls()
    assert box.world.grants.left(openid, TEMPLATE) == 1


def in_steps(gateway: WeChatGateway, openid: str) -> Steps[SendOutcome | None]:
    return gateway.subscribe_message_in_steps(openid=openid, template_id=TEMPLATE, page="", data=FIELDS)


def test_in_steps_nothing_is_begun_without_a_connection_that_stands(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    gateway = cast(Any, make_wechat())
    # The token's connection stands.
    assert gateway._client.access_token
    gateway._client._pool = client._pool_of(requests.Session(), gateway._client.root)
    # Not even asked whether it may leave.
    assert walk(in_steps(gateway, box.user(grants=1)), lambda: pytest.fail("ready")) is None
    assert SEND_PATH not in box.calls()


def test_in_steps_one_thread_has_several_under_way(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    gateway, crowd = make_wechat(), 4
    together = threading.Barrier(crowd, timeout=20)
    with ThreadPoolExecutor(crowd) as threads:
        # So many connections stand.
        list(threads.map(lambda _: send(gateway, box.user(grants=1), go=lambda: together.wait() >= 0), range(crowd)))
    under_way = [in_steps(gateway, box.user(grants=1)) for _ in range(crowd)]
    before = box.calls()[SEND_PATH]
    assert [next(steps) for steps in under_way] == [None] * crowd
    assert box.calls()[SEND_PATH] == before
    asked = [steps.send(True) for steps in under_way]
    assert len({answer.fileno for answer in asked if isinstance(answer, Answer)}) == crowd
    outcomes = []
    for steps in under_way:
        with pytest.raises(StopIteration) as end:
            steps.send(True)
        outcomes.append(end.value.value.status)
    assert outcomes == ["ok"] * crowd
    # A fifth has none left that is free while four are under way; now it has.
    assert next(in_steps(gateway, box.user(grants=1))) is None


def test_in_steps_an_answer_that_never_comes_is_a_doubt(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    gateway = make_wechat()
    send(gateway, box.user(grants=1))
    steps = in_steps(gateway, box.user(grants=1))
    next(steps)
    assert isinstance(steps.send(True), Answer)
    with pytest.raises(StopIteration) as end:
        steps.send(False)
    assert (end.value.value.status, end.value.value.reason) == ("unknown", "timeout")
    # Its answer may still come: nobody else is given that connection.
    assert walk(in_steps(gateway, box.user(grants=1))) is None


def test_in_steps_what_is_abandoned_leaves_no_connection_half_used(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    gateway = make_wechat()
    send(gateway, box.user(grants=1))
    steps = in_steps(gateway, box.user(grants=1))
    next(steps)
    steps.close()
    assert send(gateway, box.user(grants=1)).status == "ok"


def test_in_steps_a_refused_token_costs_another_moment(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    gateway = make_wechat()
    send(gateway, box.user(grants=1))
    box.fault(SEND_PATH, times=1, errcode=40001)
    moments: list[int] = []

    def go() -> bool:
        moments.append(box.calls()[SEND_PATH])
        return True

    outcome = walk(in_steps(gateway, box.user(grants=1)), go)
    assert outcome is not None
    assert (outcome.status, moments) == ("ok", [1, 2])
