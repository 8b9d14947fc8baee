"""Unique codes, as members type them and marketers make, hand in and take them."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.errors import InvalidInput
from app.rules import coupon_code, coupon_code_list
from app.services.coupon_code_imports import Imported
from app.services.coupon_code_runs import DrawnCode, RunView
from blueprints.csv_out import Cell
from blueprints.schemas.base import Closed, Instant, Out, PublicId, Text
from blueprints.schemas.coupons import in_english

# More than any printer is asked for at once.
MAX_CODES_PER_RUN = 1_000_000
MAX_CSV_LENGTH = 400_000

# Lines are counted: nothing is cut off its ends.
CsvText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CSV_LENGTH, strip_whitespace=False)]


class CodeIn(Closed):
    """A code as it is read from paper: any case, with or without dashes."""

    code: Text


class CounterCodeIn(Closed):
    visit_id: PublicId
    code: Text


class CodeRunIn(Closed):
    wanted: Annotated[int, Field(ge=1, le=MAX_CODES_PER_RUN)]


class CodeImportIn(Closed):
    """`codes`, or `csv`: one code a line, in a column named `code` or in the first."""

    codes: Annotated[list[Text], Field(min_length=1, max_length=coupon_code_list.MAX_LINES)] | None = None
    csv: CsvText | None = None

    def lines(self) -> list[coupon_code_list.Line]:
        """Codes with their lines, from 1. Raises InvalidInput unless there is one kind of list with 1 to 5,000 codes."""
        if (self.codes is None) == (self.csv is None):
            raise InvalidInput(fields={"json": ["give either codes or csv"]})
        if self.codes is not None:
            return list(enumerate(self.codes, start=1))
        lines = coupon_code_list.read_csv(self.csv or "")
        if not 0 < len(lines) <= coupon_code_list.MAX_LINES:
            raise InvalidInput(fields={"json.csv": [f"must hold 1 to {coupon_code_list.MAX_LINES} codes"]})
        return lines


class CodeRunOut(Out):
    """A run: `made` of `wanted` codes are there, `used` of them became coupons."""

    id: UUID
    batch_id: UUID
    kind: Literal["create", "import"]
    state: Literal["planned", "running", "done", "cancelled"]
    wanted: int
    made: int
    progress_percent: int
    used: int
    created_at: Instant
    ended_at: Instant | None

    @classmethod
    def of(cls, seen: RunView) -> "CodeRunOut":
        run = seen.run
        return cls(
            id=run.public_id,
            batch_id=seen.batch_public_id,
            kind=run.kind,
            state=run.state,
            wanted=run.wanted,
            made=run.made,
            progress_percent=run.made * 100 // run.wanted,
            used=seen.used,
            created_at=run.created_at,
            ended_at=run.ended_at,
        )


class CodeRunPage(Out):
    data: list[CodeRunOut]
    has_more: bool
    next_cursor: str | None


class CodeImportOut(Out):
    """`known`: codes the batch had already. `run_id` is null when it had all of them."""

    run_id: UUID | None
    added: int
    known: int

    @classmethod
    def of(cls, imported: Imported) -> "CodeImportOut":
        run_id = None if imported.run is None else imported.run.public_id
        return cls(run_id=run_id, added=imported.added, known=imported.known)


def header() -> list[str]:
    """The columns of an export."""
    return ["serial", "code", "used at"] if in_english() else ["序号", "券码", "使用时间"]


def rows(codes: Iterable[DrawnCode]) -> Iterator[list[Cell]]:
    """An export's rows, as printed."""
    for drawn in codes:
        used_at = "" if drawn.used_at is None else drawn.used_at.isoformat(timespec="seconds")
        yield [drawn.serial, coupon_code.shown(drawn.code), used_at]
