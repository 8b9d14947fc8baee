"""A file of members as shops keep them: its encoding, its delimiter, and which column holds what."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.errors import ImportUnreadable

# Members in one file; more come in several.
MAX_ROWS: Final = 100_000
# Column → the headings people write above it, lower case.
HEADINGS: Final = {
    "phone": ("phone", "mobile", "手机号", "手机号码", "手机", "电话"),
    "nickname": ("nickname", "name", "昵称", "姓名", "称呼"),
    "birthday": ("birthday", "生日", "出生日期"),
    "tier": ("tier", "等级", "会员等级"),
    "points": ("points", "积分", "积分余额"),
    "tags": ("tags", "标签"),
    "store": ("store", "store_code", "门店", "门店编号"),
    "joined_on": ("joined_on", "入会日期", "注册日期"),
}
COLUMNS: Final = tuple(HEADINGS)
_BY_HEADING: Final = {heading: column for column, headings in HEADINGS.items() for heading in headings}
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Longer cells are a mistake of the file, not somebody's name.
MAX_CELL_LENGTH: Final = 1_000

Cells = dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """What a file's first line says: column → place; headings nobody knows are passed over and told."""

    columns: dict[str, int]
    ignored: tuple[str, ...]
    encoding: str
    rows: Iterator[tuple[int, Cells]]


def read(content: bytes) -> Sheet:
    """The sheet in a file; its rows come as (line, cells), lines counted from 1, empty ones left out.

    Raises ImportUnreadable(reason): empty, encoding, no_phone_column, column_twice; while rows are read also csv, too_many_rows.
    """
    text, encoding = _decode(content)
    if not text.strip():
        raise empty()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        header = next(reader)
    except csv.Error as error:
        raise ImportUnreadable(reason="csv", line=1) from error
    columns, ignored = _places(header)
    return Sheet(columns, ignored, encoding, _rows(reader, columns))


def empty() -> ImportUnreadable:
    """The refusal of a file without a line that says anything."""
    return ImportUnreadable(reason="empty", line=1)


def _decode(content: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _text(content, encoding), encoding.removesuffix("-sig")
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise ImportUnreadable(reason="encoding", line=1)


def _text(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ImportUnreadable(reason="encoding", line=1) from error


def _delimiter(text: str) -> str:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    # A tie, also of none at all, is a comma's.
    return max(",;\t", key=first.count)


def _places(header: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    columns: dict[str, int] = {}
    ignored = []
    for place, heading in enumerate(header):
        column = _BY_HEADING.get(heading.strip().lower())
        if column is None:
            ignored.append("".join(c for c in heading.strip()[:50] if c.isprintable()))
        elif column in columns:
            raise ImportUnreadable(reason="column_twice", line=1, column=heading.strip()[:50])
        else:
            columns[column] = place
    if "phone" not in columns:
        raise ImportUnreadable(reason="no_phone_column", line=1)
    return columns, tuple(one for one in ignored if one)


def _rows(reader: Any, columns: dict[str, int]) -> Iterator[tuple[int, Cells]]:
    count = 0
    try:
        for row in reader:
            cells = {name: row[place].strip() for name, place in columns.items() if place < len(row)}
            if not any(cells.values()):
                continue
            count += 1
            if count > MAX_ROWS:
                raise ImportUnreadable(reason="too_many_rows", line=reader.line_num, most=MAX_ROWS)
            yield reader.line_num, {name: cell[:MAX_CELL_LENGTH] for name, cell in cells.items() if cell}
    except csv.Error as error:
        raise ImportUnreadable(reason="csv", line=reader.line_num) from error
