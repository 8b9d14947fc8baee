"""Guessing member codes side by side: each guess finds the ones before it counted, and an honest scan is no guess."""

import http.client
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from app import clock
from app.rules import member_code
from app.services import member_codes
from app.transaction import transaction
from app.wiring import parts
from embedded.ports import LOOPBACK
from tests.conftest import CommittedDatabase
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store, sign_in
from tests.web_server import WebServer, serving

GUESSES = 48


def scan(server: WebServer, headers: dict[str, str], code: str) -> str:
    """What was answered: "opened" or the refusal's code."""
    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=60)
    body = json.dumps({"member_code": code})
    connection.request("POST", "/api/store/v1/visits", body, {**headers, "Content-Type": "application/json"})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return str(told["error"]["code"]) if answer.status >= 300 else "opened"


def test_guesses_side_by_side_are_all_counted(committed_db: CommittedDatabase, tmp_path: Path) -> None:
    now = clock.utc_now()
    with committed_db.session(), transaction():
        member, store = make_member(now=now), make_store(now=now)
        guesser, honest = (make_staff(at=[store], now=now) for _ in range(2))
        tokens = [sign_in(person, store=store, now=now) for person in (guesser, honest)]
        number = member.code_number
        secret = member_codes.secret_bytes(number, member.code_secret_cipher, vault=parts().vault)
    wrong = [member_code.draw(number, secret, step=step) for step in range(GUESSES)]
    with (
        serving(committed_db.environment, folder=tmp_path, workers=2, threads=8) as server,
        ThreadPoolExecutor(16) as pool,
    ):
        told = Counter(pool.map(lambda code: scan(server, tokens[0], code), wrong))
        right = member_code.draw(number, secret, step=member_code.step_at(clock.utc_now() + timedelta(seconds=1)))
        assert scan(server, tokens[0], right) == "too_many"
        again = [scan(server, tokens[1], right) for _ in range(2)]
    assert told == {"member_code_expired": 30, "too_many": GUESSES - 30}
    # A code scanned twice by who may scan opens one visit and counts as no guess.
    assert again == ["opened", "opened"]
