"""Rows of imports of members, fine as they stand."""

from tests.constraints.rows import BOSS, CLERK
from tests.constraints.violation import NOON, UUID, Row, Value

IMPORT = 9981
MADE = 1


def member_import(number: int, **changes: Value) -> Row:
    """One that a second person began, done."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "file_name": "a.csv",
        "encoding": "utf-8",
        "columns": "[]",
        "ignored": "[]",
        "consent_source": "paper forms",
        "consent_version": "v1",
        "state": "done",
        "lines": 2,
        "needs_second": True,
        "created_by_id": CLERK,
        "created_at": NOON,
        "started_by_id": BOSS,
        "started_at": NOON,
        "started_on": "2026-11-20",
        "finished_at": NOON,
    }
    return row | changes


def import_line(line: int, **changes: Value) -> Row:
    """A line that waits for its turn."""
    row: Row = {"import_id": IMPORT, "line": line, "state": "ready", "faults": "[]"}
    return row | changes
