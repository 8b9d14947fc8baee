"""Service notes as they are written and read."""

from typing import Any
from uuid import UUID

from app.models.member_note import NOTE_LENGTH
from app.services.member_notes import Written
from blueprints.schemas.base import Closed, Instant, Out, text_of

NoteText: Any = text_of(NOTE_LENGTH)


class NoteIn(Closed):
    """One note; it cannot be rewritten, only followed by another."""

    note: NoteText


class NoteOut(Out):
    """`store` is null for what was written at the console."""

    id: UUID
    note: str
    written_by: str
    store: str | None
    written_at: Instant

    @classmethod
    def of(cls, written: Written) -> "NoteOut":
        row = written.note
        return cls(
            id=row.public_id,
            note=row.note,
            written_by=written.author,
            store=written.store,
            written_at=row.written_at,
        )


class NotePage(Out):
    data: list[NoteOut]
    has_more: bool
    next_cursor: str | None
