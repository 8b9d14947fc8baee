"""One request many times at one instant, through a real web server: one is let in, and an order counts once."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.transaction import transaction
from embedded.ports import LOOPBACK
from tests.concurrency.identity_calls import is_clean, one
from tests.conftest import CommittedDatabase
from tests.factories.partners import PARTNER, Signer, make_key
from tests.web_server import WebServer, serving

ORDERS = f"{PARTNER}/purchases"
AT_ONCE = 16
Sent = tuple[dict[str, str], bytes]


def order(number: str) -> bytes:
    # Of a buyer nobody knows, so that the server's own clock decides nothing here.
    at = datetime.now(UTC).isoformat()
    return json.dumps(
        {"order_no": number, "occurred_at": at, "bill_fen": 5_000, "buyer": {"external_id": "b-1"}}
    ).encode()


def signed(key: Signer, body: bytes) -> Sent:
    return {**key.headers("POST", ORDERS, body, now=datetime.now(UTC)), "Content-Type": "application/json"}, body


def at_once(server: WebServer, requests: Sequence[Sent]) -> list[tuple[int, Any]]:
    """Each from a thread and connection of its own; answers in the order of the requests."""
    line = threading.Barrier(len(requests))
    answers: list[tuple[int, Any]] = [(0, None)] * len(requests)

    def send(number: int) -> None:
        headers, body = requests[number]
        connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=60)
        try:
            connection.connect()
            line.wait(60)
            connection.request("POST", ORDERS, body=body, headers=headers)
            response = connection.getresponse()
            answers[number] = (response.status, json.loads(response.read()))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return answers


def outcomes(answers: Sequence[tuple[int, Any]]) -> dict[str, int]:
    return dict(Counter(body["error"]["code"] if status >= 400 else str(status) for status, body in answers))


def test_a_request_and_an_order_count_once(committed_db: CommittedDatabase, tmp_path: Path) -> None:
    with committed_db.session(), transaction():
        key, other = make_key(), make_key()
    with serving(committed_db.environment, folder=tmp_path, workers=2, threads=8) as server:
        for number in range(4):
            replayed = signed(key, order(f"R-{number}"))
            assert outcomes(at_once(server, [replayed] * AT_ONCE)) == {"202": 1, "nonce_reused": AT_ONCE - 1}
        # The same order, honestly signed each time, by two keys of the channel.
        body = order("S-1")
        answers = at_once(server, [signed(key if n % 2 else other, body) for n in range(AT_ONCE)])
        assert outcomes(answers) == {"202": AT_ONCE}
        assert len({answer["purchase_id"] for _, answer in answers}) == 1
    assert one(committed_db, "SELECT count(*) FROM purchase") == 5
    assert one(committed_db, "SELECT count(*) FROM partner_nonce") == 4 + AT_ONCE
    assert is_clean(committed_db)
