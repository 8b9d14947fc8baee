"""Statements handed to the driver as they are behave as the session's: its transaction, its errors, its connection's fate."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from app.database_errors import constraint_name, sqlstate
from app.errors import Conflict, Unavailable
from app.extensions import db
from app.plain_statements import fetch_each, fetch_one, send_last
from app.transaction import transaction
from tests.conftest import CommittedDatabase

ADD = text(
    "INSERT INTO idempotency_key (principal, endpoint, key, request_hash, status_code, body, created_at, expires_at)"
    " VALUES ('member:1', 'plain', :key, 'h', 200, 'b', :now, :later) RETURNING key, created_at"
)
COUNT = text("SELECT count(*) AS keys FROM idempotency_key WHERE key LIKE '%k' AND key <> :none")
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def add(key: str) -> object:
    return fetch_one(ADD, {"key": key, "now": NOW, "later": NOW + timedelta(days=4)})


def count() -> int:
    return int(fetch_one(COUNT, {"none": ""}).keys)


@pytest.fixture
def inside(committed_db: CommittedDatabase) -> Iterator[CommittedDatabase]:
    with committed_db.app.app_context():
        yield committed_db


def test_it_commits_and_rolls_back_with_the_session(inside: CommittedDatabase) -> None:
    with transaction():
        row = add("first k")
        assert (row.key, row.created_at) == ("first k", NOW)  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError), transaction():
        add("second k")
        raise RuntimeError
    assert count() == 1


def test_a_savepoint_undoes_it(inside: CommittedDatabase) -> None:
    with transaction():
        add("first k")
        with pytest.raises(IntegrityError), db.session.begin_nested():
            add("second k")
            add("first k")
        assert count() == 1


def test_a_broken_rule_is_told_by_its_name_and_without_values(inside: CommittedDatabase) -> None:
    with pytest.raises(Conflict) as refused, transaction():
        add("same k")
        add("same k")
    error = refused.value.__cause__
    assert isinstance(error, IntegrityError)
    assert constraint_name(error) == "pk_idempotency_key"
    assert "same k" not in str(error).partition("DETAIL")[0]
    assert count() == 0


def test_a_lock_that_is_not_given_is_told_as_such(inside: CommittedDatabase) -> None:
    with psycopg.connect(inside.url) as other:
        other.execute("LOCK TABLE idempotency_key")
        with pytest.raises(Unavailable) as refused, transaction():
            db.session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            add("late k")
    error = refused.value.__cause__
    assert isinstance(error, OperationalError)
    assert sqlstate(error) == "55P03"


def test_a_lost_connection_is_given_up_and_the_next_one_works(inside: CommittedDatabase) -> None:
    with pytest.raises(Unavailable) as refused, transaction():
        pid = db.session.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(inside.url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        add("lost k")
    error = refused.value.__cause__
    assert isinstance(error, OperationalError)
    assert error.connection_invalidated
    with transaction():
        add("found k")
    assert count() == 1


def test_several_travel_together_and_each_sees_the_one_before(inside: CommittedDatabase) -> None:
    with transaction():
        values = {"key": "first k", "now": NOW, "later": NOW + timedelta(days=4)}
        added, counted = fetch_each((ADD, values), (COUNT, {"none": ""}))
    assert (added[0].key, counted[0].keys) == ("first k", 1)


def test_the_same_one_travels_several_times_with_values_of_any_type(inside: CommittedDatabase) -> None:
    echo = text("SELECT CAST(:said AS text) AS said, CAST(:n AS bigint) AS n")
    # A connection that never saw it: prepared once for each kind of values, on the way.
    sizes = [1, 2, 70_000, 3, 5_000_000_000]
    asked = [(echo, {"said": None if size == 3 else str(size), "n": size}) for size in sizes]
    for _ in range(2):
        with transaction():
            rows = [row for (row,) in fetch_each(*asked)]
        assert rows == [("1", 1), ("2", 2), ("70000", 70_000), (None, 3), ("5000000000", 5_000_000_000)]


def test_the_last_one_is_sent_with_the_commit(inside: CommittedDatabase) -> None:
    with transaction():
        last = send_last(ADD, {"key": "last k", "now": NOW, "later": NOW + timedelta(days=4)})
        assert (last.rows, count()) == ([], 0)
    assert [row.key for row in last.rows] == ["last k"]
    assert count() == 1


def test_what_the_last_one_breaks_undoes_everything(inside: CommittedDatabase) -> None:
    with transaction():
        add("same k")
    with pytest.raises(Conflict) as refused, transaction():
        add("other k")
        send_last(ADD, {"key": "same k", "now": NOW, "later": NOW + timedelta(days=4)})
    assert refused.value.data["constraint"] == "pk_idempotency_key"
    assert count() == 1


def test_what_was_to_be_last_goes_with_its_transaction(inside: CommittedDatabase) -> None:
    with pytest.raises(RuntimeError), transaction():
        send_last(ADD, {"key": "last k", "now": NOW, "later": NOW + timedelta(days=4)})
        raise RuntimeError
    with transaction():
        add("next k")
    assert count() == 1


def test_what_is_prepared_outlives_a_rollback(inside: CommittedDatabase) -> None:
    for number in range(7):
        with pytest.raises(RuntimeError), transaction():
            db.session.execute(text("SELECT 1"))
            add(f"{number} k")
            raise RuntimeError
    assert count() == 0


def test_what_was_prepared_beside_a_failure_is_known(inside: CommittedDatabase) -> None:
    """PostgreSQL keeps it; to prepare it again under its name would be refused for ever after."""
    new, broken = text("SELECT 7 AS seven"), text("SELECT 1 / CAST(:by AS integer) AS part")
    for _ in range(2):
        with pytest.raises(DataError), transaction():
            fetch_each((new, {}), (broken, {"by": 0}))
    with transaction():
        assert fetch_one(new, {}).seven == 7
        assert fetch_one(broken, {"by": 1}).part == 1


def test_a_connection_lost_at_the_end_is_no_answer(inside: CommittedDatabase) -> None:
    with pytest.raises(Unavailable), transaction():
        pid = db.session.scalar(text("SELECT pg_backend_pid()"))
        send_last(ADD, {"key": "last k", "now": NOW, "later": NOW + timedelta(days=4)})
        with psycopg.connect(inside.url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    assert count() == 0
