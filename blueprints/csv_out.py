"""Tables as CSV that spreadsheets open safely: streamed, UTF-8 with a mark, no cell that a program would run."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from flask import Response, stream_with_context

from app.transaction import transaction

Cell = str | int | None
MIMETYPE = "text/csv"
# Without it Excel reads Chinese in the machine's old code page.
BYTE_ORDER_MARK = "\ufeff"
# A cell beginning with one of these is a formula to some spreadsheet (owasp.org, CSV injection), full-width forms included.
RUNNING = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ROWS_AT_ONCE = 500

# For `bp.doc(responses=…)`.
DESCRIPTION: dict[int | str, dict[str, Any]] = {
    200: {"description": "UTF-8 with byte order mark.", "content": {MIMETYPE: {"schema": {"type": "string"}}}}
}


def safe(cell: Cell) -> Cell:
    """A text cell that is only text; numbers stay numbers, also negative ones."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RUNNING) else cell


def answer(name: str, *, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A download called `name` (ASCII). Rows are read and written in batches, each in a read transaction of its own.

    So neither a long table fills the memory, nor a slow reader keeps a connection to the database.
    """
    waiting = iter(rows)
    # Before the first byte a refusal can still be told.
    first = _next(waiting)
    response = Response(stream_with_context(_lines([header, *first], waiting)), mimetype=MIMETYPE)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _lines(first: Sequence[Sequence[Cell]], rows: Iterator[Sequence[Cell]]) -> Iterator[bytes]:
    yield (BYTE_ORDER_MARK + _text(first)).encode()
    while batch := _next(rows):
        yield _text(batch).encode()


def _next(rows: Iterator[Sequence[Cell]]) -> list[Sequence[Cell]]:
    with transaction():
        return list(islice(rows, ROWS_AT_ONCE))


def _text(rows: Iterable[Sequence[Cell]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()
