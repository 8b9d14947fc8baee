"""Imports of members, as the console uploads, watches and undoes them."""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.errors import InvalidInput
from app.messages import text_for_fault
from app.services.member_imports import LineTold, Told
from blueprints.csv_out import Cell
from blueprints.schemas.base import Closed, Code, Instant, Out, PageQuery, Text

# A hundred thousand members with a few words each.
MAX_FILE_BYTES = 8 * 1024 * 1024
# Base64 takes four characters for three bytes; the rest is the other fields.
MAX_BODY_BYTES = MAX_FILE_BYTES * 4 // 3 + 8 * 1024

ImportState = Literal["checking", "checked", "running", "paused", "done", "stopped", "undoing", "undone"]
LineState = Literal["waiting", "ready", "faulty", "known", "made", "skipped", "undone", "kept"]
# What a person looks at: lines that need them, and lines that made somebody.
Shown = Literal["faulty", "known", "made", "skipped", "undone", "kept"]


class MemberImportIn(Closed):
    """A CSV file in base64, and what its people agreed to: where their consent is kept, and which document it was."""

    file_name: Text
    content: Annotated[
        str, StringConstraints(min_length=1, max_length=MAX_BODY_BYTES, pattern=r"^[A-Za-z0-9+/]+={0,2}$")
    ]
    consent_source: Annotated[Text, Field(min_length=4)]
    consent_version: Code

    def file(self) -> bytes:
        """The file's bytes. Raises InvalidInput."""
        try:
            content = base64.b64decode(self.content, validate=True)
        except binascii.Error as error:
            raise InvalidInput(fields={"json.content": ["is not base64"]}) from error
        if len(content) > MAX_FILE_BYTES:
            raise InvalidInput(fields={"json.content": [f"is larger than {MAX_FILE_BYTES} bytes"]})
        return content


class ImportStartIn(Closed):
    """`skip_faulty`: leave out the lines that cannot be taken."""

    skip_faulty: bool = False


class ImportUndoIn(Closed):
    """Why; kept in the audit."""

    reason: Annotated[Text, Field(min_length=2)]


class ImportCountsOut(Out):
    """Lines by what became of them. `known` and `skipped` were members already, before the check or after it."""

    waiting: int
    ready: int
    faulty: int
    known: int
    made: int
    skipped: int
    undone: int
    kept: int


class MemberImportOut(Out):
    """`ready_points` and `ready_growth`: what its good lines bring. `needs_second`: begun by another person than uploaded it,
    because that is above what one may give alone."""

    id: UUID
    file_name: str
    encoding: str
    columns: list[str]
    # Headings nobody knows; what stands below them is left out.
    ignored: list[str]
    consent_source: str
    consent_version: str
    state: ImportState
    lines: int
    counts: ImportCountsOut
    ready_points: int
    ready_growth: int
    needs_second: bool
    created_by: str
    created_at: Instant
    started_by: str | None
    started_at: Instant | None
    finished_at: Instant | None
    undone_at: Instant | None
    undo_reason: str | None
    # From then on nothing is kept of what was uploaded.
    erased_at: Instant | None

    @classmethod
    def of(cls, told: Told) -> "MemberImportOut":
        row = told.row
        names = set(cls.model_fields) - {"id", "counts", "created_by", "started_by"}
        return cls(
            id=row.public_id,
            counts=ImportCountsOut(**told.counts),
            created_by=told.created_by,
            started_by=told.started_by,
            **{name: getattr(row, name) for name in names},
        )


class MemberImportPage(Out):
    data: list[MemberImportOut]
    has_more: bool
    next_cursor: str | None


class FaultOut(Out):
    column: str
    code: str
    # In the reader's language, saying what to do.
    text: str


class ImportLineOut(Out):
    """`reason`: why it made nobody, or why whom it made stayed."""

    line: int
    state: LineState
    faults: list[FaultOut]
    reason: str | None
    reason_text: str | None
    member_id: UUID | None

    @classmethod
    def of(cls, told: LineTold) -> "ImportLineOut":
        line = told.line
        faults = [FaultOut(**fault, text=text_for_fault(fault["code"])) for fault in line.faults]
        return cls(
            line=line.line,
            state=line.state,
            faults=faults,
            reason=line.reason,
            reason_text=None if line.reason is None else text_for_fault(line.reason),
            member_id=told.member_public_id,
        )


class ImportLinePage(Out):
    data: list[ImportLineOut]
    has_more: bool
    next_cursor: str | None


class ImportLineQuery(PageQuery):
    state: Shown = "faulty"


def fault_header() -> list[str]:
    """The columns of a table of lines that made nobody, or stayed."""
    return ["行 line", "状态 state", "列 column", "代码 code", "说明 text"]


def fault_rows(lines: Iterable[LineTold]) -> Iterator[list[Cell]]:
    """A row for each thing to be told of a line."""
    for told in lines:
        line = told.line
        for fault in line.faults:
            yield [line.line, line.state, fault["column"], fault["code"], text_for_fault(fault["code"])]
        if line.reason is not None:
            yield [line.line, line.state, "", line.reason, text_for_fault(line.reason)]


# What the template holds: headings as people write them, and a line that shows how.
TEMPLATE_HEADER = ("手机号", "昵称", "生日", "等级", "积分", "标签", "门店", "入会日期")
TEMPLATE_ROW: tuple[Cell, ...] = ("13800138000", "小雨", "03-05", "", 0, "老客户;生日会", "", "2021-06-18")
