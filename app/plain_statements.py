"""The few statements every request sends, handed to the driver as they are: past the compiler, the ORM and result objects.

The transaction, the connection's fate and the errors are the session's own; a third of the program's time is saved.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, TextClause
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from app.extensions import db


def fetch_one(statement: TextClause, values: Mapping[str, Any]) -> Any:
    """The first row, by names, or None; columns as the driver reads them. Raises what session.execute would."""
    rows = fetch_all(statement, values)
    return rows[0] if rows else None


def fetch_all(statement: TextClause, values: Mapping[str, Any]) -> list[Any]:
    """As `fetch_one`, every row."""
    connection = db.session.connection()
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    query = _driver_text(statement)
    try:
        with driver.cursor(row_factory=namedtuple_row) as cursor:
            # Whoever counts or logs statements sees these too.
            for listener in connection.dispatch.before_cursor_execute:
                listener(connection, cursor, query, values, None, False)
            cursor.execute(query, values)
            # The names of columns, not their descriptions: those are made anew each time they are asked for.
            return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []
    except psycopg.Error as error:
        raise _as_raised_by_the_session(error, connection, query=query) from error


@cache
def _driver_text(statement: TextClause) -> str:
    # Without its indentation: the driver remembers how it read a text only up to a length.
    compiled = str(statement.compile(dialect=PGDialect_psycopg()))  # type: ignore[no-untyped-call]
    return "\n".join(line.strip() for line in compiled.strip().splitlines())


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
