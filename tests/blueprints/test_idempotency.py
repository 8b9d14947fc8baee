"""One key, one effect, one answer: repeated, raced, misused and retried after a refusal."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.extensions import db
from app.models import CheckIn, Coupon, IdempotencyKey, Member
from app.plain_statements import fetch_one
from app.services import idempotency, retention
from app.services.idempotency import Asked, StoredAnswer
from app.statements import idempotency as statements
from app.transaction import transaction
from embedded.ports import LOOPBACK
from tests.conftest import Clock, CommittedDatabase
from tests.factories import members, staff
from tests.factories.coupons import make_batch
from tests.factories.members import make_member
from tests.factories.staff import make_staff
from tests.web_server import WebServer, serving

CHECK_INS = "/api/mini/v1/check-ins"
Headers = dict[str, str]


def claims(batch: Any) -> str:
    return f"/api/mini/v1/coupon-batches/{batch.public_id}/claims"


@dataclass
class Shopper:
    """A member at the keyboard."""

    client: FlaskClient
    member: Member
    headers: Headers

    def post(self, path: str, key: str | None, **options: Any) -> Any:
        extra = {} if key is None else {"Idempotency-Key": key}
        return self.client.post(path, headers={**self.headers, **extra}, **options)

    def coupons(self) -> int:
        return db.session.scalar(select(func.count()).where(Coupon.member_id == self.member.id)) or 0


@pytest.fixture
def shopper(client: FlaskClient, now: datetime) -> Shopper:
    member = make_member()
    return Shopper(client, member, members.sign_in(member))


def test_a_repeat_gets_the_very_bytes(shopper: Shopper) -> None:
    batch = make_batch(per_member_limit=5)
    first = shopper.post(claims(batch), "k1")
    again = shopper.post(claims(batch), "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.content_type == first.content_type
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert shopper.coupons() == 1
    assert shopper.post(claims(batch), "k2").data != first.data
    assert shopper.coupons() == 2


def test_the_key_belongs_to_one_request(shopper: Shopper) -> None:
    one, other = make_batch(per_member_limit=5), make_batch(per_member_limit=5)
    assert shopper.post(claims(one), "k").status_code == 201
    for path, body in ((claims(other), None), (claims(one), {"x": 1}), (claims(one) + "?x=1", None)):
        wrong = shopper.post(path, "k", json=body) if body else shopper.post(path, "k")
        assert (wrong.status_code, wrong.get_json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert shopper.coupons() == 1


def test_without_a_key_nothing_happens(shopper: Shopper) -> None:
    batch = make_batch()
    for key in (None, "", "   "):
        refused = shopper.post(claims(batch), key)
        assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "idempotency_key_missing")
    assert shopper.coupons() == 0


@pytest.mark.parametrize("key", ["é", "回头", "a\tb", "\x7f", "k" * 201])
def test_a_key_that_cannot_be_kept_is_refused(shopper: Shopper, key: str) -> None:
    refused = shopper.post(claims(make_batch()), key)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "invalid_input")
    assert shopper.coupons() == 0


@pytest.mark.parametrize("key", ["k" * 198, "' OR 1=1 --", '{"a": "%s"}', "a b", "\\x00", "0", "~!@#$%^&*()[]<>"])
def test_an_odd_key_is_a_key(shopper: Shopper, key: str) -> None:
    batch = make_batch(per_member_limit=5)
    first, again = shopper.post(claims(batch), key), shopper.post(claims(batch), f" {key} ")
    assert (first.status_code, again.data) == (201, first.data)
    assert shopper.coupons() == 1


def test_everybody_has_keys_of_their_own(client: FlaskClient, now: datetime) -> None:
    batch = make_batch()
    answers = []
    for _ in range(2):
        member = make_member()
        shopper = Shopper(client, member, members.sign_in(member))
        answers.append(shopper.post(claims(batch), "same"))
        assert shopper.coupons() == 1
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].data != answers[1].data
    # Ids of members and of staff are counted apart: the first of both must not share a key.
    issue = f"/api/console/v1/coupon-batches/{make_batch(how='issue').public_id}/issues"
    worker = staff.sign_in(make_staff("marketer"))
    body = {"member_id": str(member.public_id), "note": "补发"}
    issued = client.post(issue, json=body, headers={**worker, "Idempotency-Key": "same"})
    assert (issued.status_code, issued.headers.get("Idempotency-Replayed")) == (201, None)


def test_a_new_sign_in_keeps_the_keys(shopper: Shopper) -> None:
    first = shopper.post(CHECK_INS, "k")
    shopper.headers = members.sign_in(shopper.member)
    assert shopper.post(CHECK_INS, "k").data == first.data


def test_a_refusal_keeps_no_key(shopper: Shopper, standing_clock: Clock) -> None:
    batch = make_batch(starts_at=standing_clock.now + timedelta(hours=1))
    refused = shopper.post(claims(batch), "k")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "batch_not_open")
    assert db.session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0
    standing_clock.move(hours=2)
    assert shopper.post(claims(batch), "k").status_code == 201


def test_a_mistake_of_ours_keeps_neither_key_nor_effect(shopper: Shopper, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = make_batch()
    finish = idempotency.finish
    monkeypatch.setattr(idempotency, "finish", _fail)
    assert shopper.post(claims(batch), "k").status_code == 500
    assert shopper.coupons() == 0
    monkeypatch.setattr(idempotency, "finish", finish)
    assert shopper.post(claims(batch), "k").status_code == 201


def _fail(*_args: Any, **_values: Any) -> None:
    raise RuntimeError("the power went out")


def test_the_answer_is_kept_three_days(shopper: Shopper, standing_clock: Clock) -> None:
    batch = make_batch(per_member_limit=5)
    first = shopper.post(claims(batch), "k")
    standing_clock.move(hours=72)
    with transaction():
        assert retention.purge("idempotency_keys", now=standing_clock.now, limit=100) == 0
    assert shopper.post(claims(batch), "k").data == first.data
    standing_clock.move(hours=25)
    with transaction():
        assert retention.purge("idempotency_keys", now=standing_clock.now, limit=100) == 1


def test_sixteen_at_once_are_one(committed_db: CommittedDatabase, tmp_path: Path) -> None:
    keys = 20
    with committed_db.session(), transaction():
        member = make_member(now=_now())
        headers = members.sign_in(member, now=_now())
        path = claims(make_batch(per_member_limit=keys, now=_now()))
        member_id = member.id
    with serving(committed_db.environment, folder=tmp_path, workers=2, threads=8) as server:
        for number in range(keys):
            answers = _race(server, path, {**headers, "Idempotency-Key": f"race-{number}"})
            assert {status for status, _ in answers} == {201}, answers
            assert len({body for _, body in answers}) == 1
        paid = _race(server, CHECK_INS, headers, keys=[f"check-{number}" for number in range(16)])
    assert sum(json.loads(body).get("is_new", True) for _, body in paid) == 1, paid
    with committed_db.session() as session:
        assert session.scalar(select(func.count()).where(Coupon.member_id == member_id)) == keys
        assert session.scalar(select(func.count()).where(CheckIn.member_id == member_id)) == 1


def test_a_look_is_good_for_its_own_transaction(committed_db: CommittedDatabase) -> None:
    asked, now = Asked("member:1", "e", "k", b"h"), _now()
    with committed_db.app.app_context():
        names = {"principal": asked.principal, "endpoint": asked.endpoint, "key": asked.key}
        look = idempotency.look_of(fetch_one(statements.BEGIN, names))
        assert (idempotency.begin(asked, look=look), look.is_taken) == (None, True)
        db.session.rollback()
        # Its lock is gone: somebody else was first.
        with transaction():
            idempotency.finish(asked, answer=StoredAnswer(201, b"first"), now=now)
        with transaction():
            assert idempotency.begin(asked, look=look) == StoredAnswer(201, b"first")


def _now() -> datetime:
    from app import clock

    return clock.utc_now()


def _race(server: WebServer, path: str, headers: Headers, *, keys: list[str] | None = None) -> list[tuple[int, bytes]]:
    """Sixteen connections, opened first; then all ask at one instant."""
    line = Barrier(16)

    def one(number: int) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=60)
        own = {**headers, "Idempotency-Key": keys[number]} if keys else headers
        connection.connect()
        line.wait(60)
        connection.request("POST", path, headers=own)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    with ThreadPoolExecutor(16) as racers:
        return list(racers.map(one, range(16)))


def test_a_twin_between_the_look_and_the_lock_is_answered_for(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = make_batch(per_member_limit=5)
    first = shopper.post(claims(batch), "k")
    begin = idempotency.begin
    looks: list[Any] = []

    def look_too_early(asked: Any, **looked: Any) -> Any:
        looks.append(asked)
        return None if len(looks) == 1 else begin(asked, **looked)

    monkeypatch.setattr(idempotency, "begin", look_too_early)
    second = shopper.post(claims(batch), "k")
    assert (second.status_code, second.data, len(looks)) == (201, first.data, 2)
    assert shopper.coupons() == 1
