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


def test_what_is_forgiven_may_be_tried_again(engine: Engine) -> None:
    key = uuid.uuid4().hex

    def forgive(times: int) -> None:
        for _ in range(times):
            with engine.begin() as connection:
                attempt_limit.forgive(connection, key, window_seconds=60, now=NOW)

    assert [hit(engine, key) for _ in range(5)] == [1, 2, 3, 4, 5]
    forgive(1)
    assert hit(engine, key) == 5
    # Never below nothing: no credit for later.
    forgive(9)
    assert hit(engine, key) == 1


def test_of_forty_at_once_five_pass(engine: Engine) -> None:
    key = uuid.uuid4().hex
    results = in_threads(40, lambda _: hit(engine, key))
    assert sorted(result for result in results if isinstance(result, int)) == [1, 2, 3, 4, 5]
    assert sum(isinstance(result, TooMany) for result in results) == 35
