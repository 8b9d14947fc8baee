"""One line of a file of members, read as values; everything wrong with it is told at once, column by column."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from app.rules.import_file import Cells

MAX_NICKNAME: Final = 20
MAX_TAGS: Final = 10
MAX_TAG: Final = 100
MAX_POINTS: Final = 100_000_000
FIRST_YEAR: Final = 2000
# Every month may have 29 February: the year is not kept.
_LEAP_YEAR: Final = 2028
# 1990-03-05, 1990/3/5, 1990年3月5日, 19900305, and without the year: 03-05, 3/5, 3月5日.
_DAY: Final = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
# Spreadsheets write whole numbers as 100.0, too.
_WHOLE: Final = re.compile(r"(\d{1,12})(?:\.0+)?")
_BETWEEN_TAGS: Final = re.compile(r"[;；|、]")
# What csv_out puts before a cell so that no program runs it, and Excel before a number kept as text.
_GUARD: Final = "'"


@dataclass(frozen=True)
class Fault:
    """Why a line cannot be taken: in which column, and a code."""

    column: str
    code: str


@dataclass(kw_only=True)
class Read:
    """What a line says. The phone as it was written; tier and store by their codes, whether they exist is not known here."""

    phone: str = ""
    nickname: str = ""
    birthday: tuple[int, int] | None = None
    tier: str | None = None
    points: int = 0
    tags: list[str] = field(default_factory=list)
    store: str | None = None
    joined_on: date | None = None
    faults: list[Fault] = field(default_factory=list)


class _Wrong(Exception):
    """A cell that cannot be read; the code says why."""


def read(cells: Cells, *, today: date) -> Read:
    """The values of a line. `today` is the shop's date: nobody joined after it."""
    row = Read()
    if "phone" not in cells:
        row.faults.append(Fault("phone", "phone_missing"))
    for column, cell in cells.items():
        try:
            setattr(row, column, _READERS[column](cell.removeprefix(_GUARD).strip()))
        except _Wrong as wrong:
            row.faults.append(Fault(column, str(wrong)))
    if row.joined_on is not None and row.joined_on > today:
        row.faults.append(Fault("joined_on", "date_ahead"))
    return row


def _text(cell: str) -> str:
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) <= 0xDFFF or c in "\ufffe\uffff" for c in cell):
        raise _Wrong("control_character")
    return cell


def _nickname(cell: str) -> str:
    if len(cell) > MAX_NICKNAME:
        raise _Wrong("too_long")
    return _text(cell)


def _birthday(cell: str) -> tuple[int, int]:
    _, month, day = _date_parts(cell)
    return month, day


def _joined_on(cell: str) -> date:
    year, month, day = _date_parts(cell)
    if year is None or year < FIRST_YEAR:
        raise _Wrong("year_missing" if year is None else "year_out_of_range")
    try:
        return date(year, month, day)
    except ValueError:
        raise _Wrong("date_invalid") from None


def _date_parts(cell: str) -> tuple[int | None, int, int]:
    # A time behind the date is midnight as spreadsheets write it.
    found = _DAY.fullmatch(cell.split(" ", 1)[0])
    if found is None:
        raise _Wrong("date_invalid")
    year, month, day = (found[4], found[5], found[6]) if found[4] else (found[1], found[2], found[3])
    if not 1 <= int(month) <= 12 or not 1 <= int(day) <= calendar.monthrange(_LEAP_YEAR, int(month))[1]:
        raise _Wrong("date_invalid")
    return (int(year) if year else None), int(month), int(day)


def _points(cell: str) -> int:
    found = _WHOLE.fullmatch(cell.replace(",", ""))
    if found is None:
        raise _Wrong("not_whole")
    if int(found[1]) > MAX_POINTS:
        raise _Wrong("too_large")
    return int(found[1])


def _tags(cell: str) -> list[str]:
    names = sorted({name.strip() for name in _BETWEEN_TAGS.split(cell) if name.strip()})
    if len(names) > MAX_TAGS:
        raise _Wrong("too_many_tags")
    if any(len(name) > MAX_TAG for name in names):
        raise _Wrong("too_long")
    return [_text(name) for name in names]


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "phone": _text,
    "nickname": _nickname,
    "birthday": _birthday,
    "tier": _text,
    "points": _points,
    "tags": _tags,
    "store": _text,
    "joined_on": _joined_on,
}
