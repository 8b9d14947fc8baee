"""What leaves as CSV opens as text and numbers, never as a formula; long tables leave in pieces."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

import pytest
from apiflask import APIFlask
from flask import Response

from app.errors import NotFound
from blueprints import csv_out


def table(response: Response) -> list[list[str]]:
    raw = response.get_data()
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+86 138", "'+86 138"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠1", "'＠1"),
        ("小雨 a=b", "小雨 a=b"),
        ('说"好",真的', '说"好",真的'),
        (-5, "-5"),
        (12, "12"),
        (None, ""),
        ("", ""),
    ],
)
def test_no_cell_runs(app: APIFlask, now: datetime, cell: csv_out.Cell, written: str) -> None:
    with app.test_request_context():
        assert table(csv_out.answer("a.csv", header=["x", "y"], rows=[[cell, "末"]])) == [["x", "y"], [written, "末"]]


def test_it_leaves_in_pieces_as_it_is_read(app: APIFlask, now: datetime) -> None:
    read = 0

    def rows() -> Iterator[list[csv_out.Cell]]:
        nonlocal read
        for number in range(3 * csv_out.ROWS_AT_ONCE):
            read += 1
            yield [number]

    with app.test_request_context():
        response = csv_out.answer("points.csv", header=["n"], rows=rows())
        assert read == csv_out.ROWS_AT_ONCE
        pieces = list(response.response)
    assert (len(pieces), read) == (3, 3 * csv_out.ROWS_AT_ONCE)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == "attachment; filename=points.csv"


def test_a_refusal_comes_before_the_first_byte(app: APIFlask, now: datetime) -> None:
    def rows() -> Iterator[list[csv_out.Cell]]:
        raise NotFound(kind="member")
        yield []

    with app.test_request_context(), pytest.raises(NotFound):
        csv_out.answer("a.csv", header=["n"], rows=rows())
