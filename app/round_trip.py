"""Several prepared statements to PostgreSQL and back in one round trip, past cursors and generators.

Each round trip lets go of the interpreter, wakes two processes and waits for its turn again: most of what a small request
costs. libpq's pipeline sends any number of statements at once; the first failure keeps the later ones from running.
"""

import select
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, cast

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """SQL with $1, $2 … and the names of the values that stand there. One object for each text, made once."""

    sql: bytes
    names: tuple[str, ...] = ()


class Asked(NamedTuple):
    """A statement and its values, by name."""

    statement: Statement
    values: Mapping[str, Any]


BEGIN: Final = Asked(Statement(b"BEGIN"), {})
COMMIT: Final = Asked(Statement(b"COMMIT"), {})


class Wire:
    """A connection of the driver, spoken to in round trips. Not for two threads at once, as the connection itself."""

    def __init__(self, driver: "psycopg.Connection[Any]") -> None:
        self._driver, self._pgconn = driver, driver.pgconn
        self._known: dict[Statement, _Known] = {}

    @property
    def begins(self) -> bool:
        """Whether the next statement must open a transaction."""
        return not self._driver.autocommit and self._pgconn.transaction_status == pq.TransactionStatus.IDLE

    def send(self, *asked: Asked) -> list[list[Any]]:
        """Send them all and wait once; the rows of each, by the names of their columns.

        Raises psycopg.Error of the first that failed: none after it has run.
        """
        # Values that cannot be written are refused before anything is sent.
        new: dict[tuple[_Known, tuple[int, ...]], bytes] = {}
        ready = [self._known_of(one.statement).ready(one, new) for one in asked]
        self._pgconn.enter_pipeline_mode()
        try:
            results = self._exchange(ready)
        except psycopg.Error:
            raise
        except BaseException:
            # Half an answer may be left on it.
            self._driver.close()
            raise
        self._pgconn.exit_pipeline_mode()
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result, self._driver.info.encoding)
        return [one.known.rows(result) for one, result in zip(ready, results, strict=True)]

    def _known_of(self, statement: Statement) -> "_Known":
        known = self._known.get(statement)
        if known is None:
            known = self._known[statement] = _Known(statement, self._driver, number=len(self._known))
        return known

    def _exchange(self, ready: Sequence["_Ready"]) -> list[pq.abc.PGresult]:
        """The result of each statement; preparing one has none of its own unless it failed."""
        pgconn = self._pgconn
        for one in ready:
            if one.is_new:
                pgconn.send_prepare(one.name, one.known.sql, one.types)
            pgconn.send_query_prepared(one.name, one.values, one.formats)
        pgconn.pipeline_sync()
        while pgconn.flush():
            _wait(pgconn, select.POLLIN | select.POLLOUT)
            pgconn.consume_input()
        results = []
        while (result := self._next()) is None or result.status != pq.ExecStatus.PIPELINE_SYNC:
            if result is not None:
                results.append(result)
        return _without_prepares(ready, results)

    def _next(self) -> "pq.abc.PGresult | None":
        while self._pgconn.is_busy():
            _wait(self._pgconn, select.POLLIN)
            self._pgconn.consume_input()
        return self._pgconn.get_result()


class _Known:
    """What a connection knows of a statement: how its values are written, its rows are read, and what it is called."""

    __slots__ = ("_codec", "_formats", "_make_row", "_names_of_values", "_number", "names", "sql")

    def __init__(self, statement: Statement, driver: "psycopg.Connection[Any]", *, number: int) -> None:
        self.sql, self._names_of_values, self._number = statement.sql, statement.names, number
        self._codec, self._formats = Transformer(driver), [PyFormat.AUTO] * len(statement.names)
        # By the types of the values: a whole number is as wide as it must be.
        self.names: dict[tuple[int, ...], bytes] = {}
        self._make_row: Callable[[Sequence[Any]], Any] | None = None

    def ready(self, asked: Asked, new: "dict[tuple[_Known, tuple[int, ...]], bytes]") -> "_Ready":
        """`new`: what is prepared on the way of this very exchange, and has a name already."""
        codec, values = self._codec, asked.values
        written = codec.dump_sequence([values[name] for name in self._names_of_values], self._formats)
        types = codec.types or ()
        name = self.names.get(types) or new.get((self, types))
        if name is not None:
            return _Ready(self, name, written, types, codec.formats, False)
        beside = sum(one is self for one, _ in new)
        name = new[self, types] = b"huitou_%d_%d" % (self._number, len(self.names) + beside)
        return _Ready(self, name, written, types, codec.formats, True)

    def rows(self, result: "pq.abc.PGresult") -> list[Any]:
        if not result.nfields:
            return []
        self._codec.set_pgresult(result, set_loaders=self._make_row is None)
        if self._make_row is None:
            names = [(result.fname(i) or b"").decode() for i in range(result.nfields)]
            self._make_row = _row_maker(*names)
        return self._codec.load_rows(0, result.ntuples, self._make_row)


class _Ready(NamedTuple):
    """A statement with its values written."""

    known: _Known
    name: bytes
    values: Sequence[Any]
    types: tuple[int, ...]
    formats: Sequence[pq.Format] | None
    is_new: bool


def _without_prepares(ready: Sequence[_Ready], results: Sequence[Any]) -> list[Any]:
    left, kept = iter(results), []
    for one in ready:
        prepared = next(left) if one.is_new else None
        result = next(left)
        if prepared is not None and prepared.status == pq.ExecStatus.COMMAND_OK:
            # It stays on the connection, whatever becomes of its use and of the transaction.
            one.known.names[one.types] = one.name
        failed = prepared is not None and prepared.status == pq.ExecStatus.FATAL_ERROR
        kept.append(prepared if failed else result)
    return kept


@cache
def _row_maker(*columns: str) -> Callable[[Sequence[Any]], Any]:
    row: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
    return cast(Callable[[Sequence[Any]], Any], row._make)


def _wait(pgconn: "pq.abc.PGconn", events: int) -> None:
    poll = select.poll()
    poll.register(pgconn.socket, events)
    poll.poll()
