"""The attempt counter counts exactly, in parallel too, and says when to come back."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from app.errors import TooMany
from app.gateways import attempt_limit
from tests.gateways.wechat_box import in_threads

NOW = datetime(2026, 11, 21, 4, 0, 30, tzinfo=UTC)


def hit(engine: Engine, key: str, *, now: datetime = NOW) -> int:
    with engine.begin() as connection:
        return attempt_limit.hit(connection, key, limit=5, window_seconds=60, now=now)


def test_the_sixth_is_told_when_the_window_ends(engine: Engine) -> None:
    key = uuid.uuid4().hex
    assert [hit(engine, key) for _ in range(5)] == [1, 2, 3, 4, 5]
    for _ in range(3):
        with pytest.raises(TooMany) as refused:
            hit(engine, key)
        assert refused.value.data == {"retry_after_seconds": 30}
    assert hit(engine, uuid.uuid4().hex) == 1
    assert hit(engine, key, now=NOW + timedelta(seconds=30)) == 1


def test_a_check_counts_nothing_and_refuses_where_a_hit_would(engine: Engine) -> None:
    key = uuid.uuid4().hex

    def check() -> None:
        with engine.begin() as connection:
            attempt_limit.check(connection, key, limit=5, window_seconds=60, now=NOW)

    for _ in range(5):
        check()
        hit(engine, key)
    with pytest.raises(TooMany) as refused:
        check()
    assert refused.value.data == {"retry_after_seconds": 30}


def test_of_forty_at_once_five_pass(engine: Engine) -> None:
    key = uuid.uuid4().hex
    results = in_threads(40, lambda _: hit(engine, key))
    assert sorted(result for result in results if isinstance(result, int)) == [1, 2, 3, 4, 5]
    assert sum(isinstance(result, TooMany) for result in results) == 35


def test_old_windows_are_swept(engine: Engine) -> None:
    key = uuid.uuid4().hex
    hit(engine, key, now=NOW - timedelta(days=2))
    with engine.begin() as connection:
        assert attempt_limit.sweep(connection, before=NOW - timedelta(days=1)) >= 1
    assert hit(engine, key, now=NOW - timedelta(days=2)) == 1
