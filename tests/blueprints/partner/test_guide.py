"""docs/partner-api.md is right to the byte: its example is signed as it says, its client comes in."""

import json
import re
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from app.rules.request_signature import canonical, sign
from tests.factories.members import make_counter_member
from tests.factories.partners import make_key

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "partner-api.md").read_text(encoding="utf-8")
SECRET = "an-example-secret-never-use-it"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)\n```", PAGE, flags=re.DOTALL)


SIGNATURES = re.findall(r"`Huitou-Signature: ([0-9a-f]{64})`", PAGE)
BODIES = [blocks("json")[0].encode(), b""]


@pytest.fixture
def guide() -> dict[str, Any]:
    """What the page's Python defines."""
    (source,) = blocks("python")
    names: dict[str, Any] = {}
    exec(compile(source, "docs/partner-api.md", "exec"), names)  # noqa: S102  (our own page)
    return names


@pytest.mark.parametrize("number", [0, 1])
def test_the_worked_example_is_what_the_door_computes(number: int, guide: dict[str, Any]) -> None:
    told = blocks("text")[number]
    method, target, timestamp, nonce, _ = told.split("\n")
    body = BODIES[number]
    signed = canonical(method=method, target=target, timestamp=int(timestamp), nonce=nonce, body=body)
    assert signed.decode() == told
    assert sign(SECRET, signed) == SIGNATURES[number]
    assert SECRET in PAGE
    headers = guide["signed_headers"]("k", SECRET, method, target, body, timestamp=timestamp, nonce=nonce)
    assert headers["Huitou-Signature"] == SIGNATURES[number]


class Line:
    """What http.client's connection offers, over the test client."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self._answer: Any = None

    def request(self, method: str, target: str, *, body: bytes, headers: dict[str, str]) -> None:
        self._answer = self._client.open(target, method=method, data=body, headers=headers)

    def getresponse(self) -> Any:
        return SimpleNamespace(status=self._answer.status_code, read=lambda: self._answer.data)


def test_the_client_of_the_page_comes_in(
    client: FlaskClient, app: APIFlask, now: datetime, guide: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide["time"], "time", now.timestamp)
    member_phone = "13800138000"
    make_counter_member(phone=member_phone)
    key = make_key()
    order = {**json.loads(BODIES[0]), "occurred_at": now.isoformat()}
    target = "/api/partner/v1/purchases"
    first = guide["call"](Line(client), key.key_id, key.secret, "POST", target, order)
    again = guide["call"](Line(client), key.key_id, key.secret, "POST", target, order)
    found = guide["call"](Line(client), key.key_id, key.secret, "GET", f"{target}?order_no=T-20261122-0001")
    assert (first[0], again[0], found[0]) == (201, 200, 200)
    assert first[1] == again[1] == found[1]
    assert first[1]["points_earned"] == 128
