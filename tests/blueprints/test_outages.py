"""Redis, WeChat or PostgreSQL away: the rest keeps working, limits stay shut, and the answer says what to do."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from app.extensions import db
from app.transaction import transaction
from tests.conftest import CommittedDatabase, make_app
from tests.factories import members as member_factory
from tests.factories.members import make_member
from tests.factories.staff import make_staff

# Nobody listens on the discard port.
NOBODY = "127.0.0.1:9"


@pytest.fixture
def without_redis(committed_db: CommittedDatabase) -> Iterator[APIFlask]:
    app = make_app(database_url=committed_db.url, redis_url=f"redis://{NOBODY}/0")
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def client_of(app: APIFlask) -> tuple[FlaskClient, dict[str, str]]:
    with app.app_context(), transaction():
        headers = member_factory.sign_in(make_member())
    return app.test_client(), headers


def test_value_moves_and_reads_work_without_redis(without_redis: APIFlask, now: datetime) -> None:
    client, headers = client_of(without_redis)
    paid = client.post("/api/mini/v1/check-ins", headers={**headers, "Idempotency-Key": "1"})
    assert (paid.status_code, paid.json["points_balance"]) == (200, 5)
    replay = client.post("/api/mini/v1/check-ins", headers={**headers, "Idempotency-Key": "1"})
    assert replay.data == paid.data
    assert client.get("/api/mini/v1/points/entries", headers=headers).status_code == 200
    assert client.get("/health/ready").json == {"status": "ok", "database": "ok", "redis": False}


def test_sign_in_attempts_are_still_counted_without_redis(without_redis: APIFlask) -> None:
    with without_redis.app_context(), transaction():
        make_staff("marketer", login="mei")
    client = without_redis.test_client()
    answers = [
        client.post("/api/console/v1/sessions", json={"login": "mei", "password": f"wrong {n}"}).status_code
        for n in range(14)
    ]
    assert answers[0] == 401
    assert answers[-1] == 429


def test_wechat_away_stops_sign_in_alone(committed_db: CommittedDatabase, now: datetime) -> None:
    # Its base URL is the discard port: every call is refused before anything is sent.
    client, headers = client_of(committed_db.app)
    body = {"login_code": "abc", "membership_consent": {"document_version": "2026-11"}}
    refused = client.post("/api/mini/v1/sessions", json=body)
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) >= 1
    paid = client.post("/api/mini/v1/check-ins", headers={**headers, "Idempotency-Key": "1"})
    assert paid.status_code == 200


def test_postgresql_away_is_a_coded_503() -> None:
    app = make_app(database_url=f"postgresql://nobody:x@{NOBODY}/none")
    client = app.test_client()
    answer = client.get("/api/mini/v1/me", headers={"Authorization": "Bearer some-token"})
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").status_code == 200
