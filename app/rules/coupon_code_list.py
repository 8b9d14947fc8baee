"""A list of codes somebody hands in: every faulty line is told by its number, so that a file is mended in one go."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.errors import CouponCodeMalformed, CouponCodesRefused
from app.rules import coupon_code

# More is handed in by several requests.
MAX_LINES: Final = 5_000
# More faults than these say nothing new.
MAX_TOLD: Final = 100
# A column with one of these names above it holds the codes; without one it is the first.
COLUMN_NAMES: Final = ("code", "券码")

Line = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line cannot be taken: length, character, check_character, repeated, elsewhere."""

    line: int
    reason: str


def read_csv(text: str) -> list[Line]:
    """The codes of a CSV text with the lines they stand on, counted from 1. Raises CouponCodesRefused for unreadable text."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    lines: list[Line] = []
    column = 0
    try:
        for row in reader:
            named = [place for place, cell in enumerate(row) if cell.strip().lower() in COLUMN_NAMES]
            if named and not lines:
                column = named[0]
            elif len(row) > column and row[column].strip():
                lines.append((reader.line_num, row[column]))
    except csv.Error as error:
        raise refused([Fault(reader.line_num, "unreadable")]) from error
    return lines


def read(lines: Iterable[Line]) -> Mapping[str, int]:
    """Code → its line, in order. Raises CouponCodesRefused with every line that is malformed or repeats an earlier one."""
    codes: dict[str, int] = {}
    faults = []
    for number, written in lines:
        try:
            code = coupon_code.parse(written)
        except CouponCodeMalformed as error:
            faults.append(Fault(number, error.data["reason"]))
            continue
        if codes.setdefault(code, number) != number:
            faults.append(Fault(number, "repeated"))
    if faults:
        raise refused(faults)
    return codes


def refused(faults: Sequence[Fault]) -> CouponCodesRefused:
    """The refusal that tells these faults."""
    told = [{"line": fault.line, "reason": fault.reason} for fault in faults[:MAX_TOLD]]
    return CouponCodesRefused(faults=len(faults), lines=told)
