"""The few statements every request sends, handed to the driver as they are: past the compiler, the ORM and result objects.

The transaction, the connection's fate and the errors are the session's own. BEGIN travels with the first of them and COMMIT with
the last: half of a small request's round trips are saved.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final, cast

import psycopg
from sqlalchemy import Connection, Engine, PoolProxiedConnection, TextClause
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.errors import Unavailable
from app.extensions import db
from app.round_trip import BEGIN, COMMIT, Asked, Statement, Wire

Plain = tuple[TextClause, Mapping[str, Any]]

_WIRE: Final = "huitou_wire"
_LAST: Final = "huitou_last_statement"


def fetch_one(statement: TextClause, values: Mapping[str, Any]) -> Any:
    """The first row, by names, or None; columns as the driver reads them. Raises what session.execute would."""
    rows = fetch_all(statement, values)
    return rows[0] if rows else None


def fetch_all(statement: TextClause, values: Mapping[str, Any]) -> list[Any]:
    """As `fetch_one`, every row."""
    return fetch_each((statement, values))[0]


def fetch_each(*plain: Plain) -> list[list[Any]]:
    """The rows of several, in one round trip: of each as if those before it had been answered."""
    return _send(db.session.connection(), plain)


def send_last(statement: TextClause, values: Mapping[str, Any]) -> "Last":
    """Leave a statement to travel with the commit; the edge of the transaction raises what it is refused for."""
    last = db.session().info[_LAST] = Last((statement, values))
    return last


class Last:
    """A transaction's last statement; its rows are there once the transaction is over."""

    def __init__(self, plain: Plain) -> None:
        self.plain = plain
        self.rows: list[Any] = []


def commit_with_last() -> None:
    """Send what `send_last` left, and the commit with it where the transaction is the connection's own."""
    last: Last | None = db.session().info.pop(_LAST, None)
    if last is None:
        return
    # What the effect left to the session goes first, so that its own refusals are told as such.
    db.session.flush()
    connection = db.session.connection()
    last.rows = _send(connection, (last.plain,), commits=not connection.in_nested_transaction())[0]


def forget_last() -> None:
    """What `send_last` left goes with its transaction."""
    db.session().info.pop(_LAST, None)


class Alone:
    """A pooled connection for a transaction without a session: begun by the first question, undone where it is not committed.

    For an answer that is given before the application; whatever fails is only Unavailable here, and told by whoever asks again.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> "Alone":
        try:
            self._pooled = self._engine.raw_connection()
        except (SQLAlchemyError, psycopg.Error) as error:
            # The pool's own, when nothing is free; the driver's, as it is, when nobody answers.
            raise Unavailable(retry_after_seconds=2) from error
        return self

    def __exit__(self, *_: object) -> None:
        driver: Any = self._pooled.driver_connection
        if driver.closed or driver.broken:
            self._pooled.invalidate()
        else:
            self._pooled.close()

    def ask(self, *plain: Plain, commits: bool = False) -> list[list[Any]]:
        """As `fetch_each`; `commits`: the transaction is over with it, for good. Raises Unavailable."""
        try:
            return _exchange(
                self._pooled, plain, commits=commits, listeners=self._engine.dispatch.before_cursor_execute
            )
        except psycopg.Error as error:
            raise Unavailable(retry_after_seconds=2) from error


def _send(connection: Connection, plain: tuple[Plain, ...], *, commits: bool = False) -> list[list[Any]]:
    pooled, listeners = connection.connection, connection.dispatch.before_cursor_execute
    try:
        return _exchange(pooled, plain, commits=commits, listeners=listeners, connection=connection)
    except psycopg.Error as error:
        raise _as_raised_by_the_session(error, connection, query=_pyformat(plain[0][0])) from error


def _exchange(
    pooled: PoolProxiedConnection,
    plain: tuple[Plain, ...],
    *,
    commits: bool,
    listeners: Iterable[Callable[..., Any]],
    connection: Connection | None = None,
) -> list[list[Any]]:
    for listener in listeners:
        # Whoever counts or logs statements sees these too.
        for statement, values in plain:
            listener(connection, None, _pyformat(statement), values, None, False)
    wire: Wire | None = pooled.info.get(_WIRE)
    if wire is None:
        wire = pooled.info[_WIRE] = Wire(cast("psycopg.Connection[Any]", pooled.driver_connection))
    asked = [Asked(_dollars(statement), values) for statement, values in plain]
    begins = wire.begins
    answers: list[list[Any]] = wire.send(*([BEGIN] if begins else []), *asked, *([COMMIT] if commits else []))
    return answers[begins : begins + len(plain)]


@cache
def _dollars(statement: TextClause) -> Statement:
    compiled = statement.compile(dialect=PGDialect_psycopg(paramstyle="numeric_dollar"))  # type: ignore[no-untyped-call]
    return Statement(_dense(str(compiled)).encode(), tuple(compiled.positiontup or ()))


@cache
def _pyformat(statement: TextClause) -> str:
    return _dense(str(statement.compile(dialect=PGDialect_psycopg())))  # type: ignore[no-untyped-call]


def _dense(sql: str) -> str:
    return "\n".join(line.strip() for line in sql.strip().splitlines())


def _as_raised_by_the_session(error: psycopg.Error, connection: Connection, *, query: str) -> BaseException:
    driver: Any = connection.connection.driver_connection
    is_lost = bool(driver.closed or driver.broken)
    if is_lost:
        connection.invalidate(error)
    # Values are left out: they are phones and hashes.
    return DBAPIError.instance(
        query,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=connection.dialect,
    )
