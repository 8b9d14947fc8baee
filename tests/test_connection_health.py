"""A pooled connection the server ended is never handed out, and a living one is not asked every time."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from app import connection_health
from app.wiring import sqlalchemy_url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = create_engine(sqlalchemy_url(database_url), pool_size=1, max_overflow=0)
    connection_health.watch(made)
    yield made
    made.dispose()


@pytest.fixture
def asked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    answers: list[bool] = []
    ask = engine.dialect.do_ping

    def note(connection: object) -> bool:
        answers.append(False)
        answers[-1] = ask(connection)  # type: ignore[arg-type]
        return True

    monkeypatch.setattr(engine.dialect, "do_ping", note)
    return answers


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_an_ended_connection_is_replaced_at_once(engine: Engine, database_url: str) -> None:
    first = backend(engine)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (first,))
    assert backend(engine) not in (0, first)


def test_a_living_connection_is_not_asked(engine: Engine, asked: list[bool]) -> None:
    assert backend(engine) == backend(engine) == backend(engine)
    assert asked == []


def test_a_connection_long_idle_is_asked(engine: Engine, asked: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    first = backend(engine)
    monkeypatch.setattr(connection_health, "ASK_AFTER_SECONDS", -1.0)
    assert backend(engine) == first
    assert asked == [True]


def test_a_connection_that_does_not_answer_is_replaced(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, asked: list[bool]
) -> None:
    first = backend(engine)
    monkeypatch.setattr(connection_health, "ASK_AFTER_SECONDS", -1.0)

    def lost(_connection: object) -> bool:
        raise psycopg.OperationalError("the network is gone")

    monkeypatch.setattr(engine.dialect, "do_ping", lost)
    assert backend(engine) != first


def test_a_commit_is_on_disk_whatever_the_server_was_told(db_session: Session) -> None:
    """The suite's own server would answer before it has written: killed in mid-campaign, messages left twice."""
    assert db_session.scalar(text("SHOW synchronous_commit")) == "on"
