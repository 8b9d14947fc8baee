"""Everything kept about a member as one JSON text, written piece by piece. docs/domain/erasure.md"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final, Protocol
from uuid import UUID

from app.actor import Actor
from app.errors import NotFound
from app.extensions import db
from app.services import audit, contacts, phones
from app.statements import erasures
from app.statements import member_export as statements

ROWS_AT_ONCE: Final = 500
SECTIONS: Final = tuple(statements.SECTIONS)


class Opener(Protocol):
    """The part of the vault that reading needs."""

    def decrypt(self, blob: bytes, *, context: str) -> str: ...


def pieces(member_id: int, *, now: datetime, opener: Opener | None) -> Iterator[str]:
    """The text, all of one moment when the caller's transaction sees one; never more than 500 rows in memory.

    With `opener` the member's own number and address are written whole, else masked. Raises NotFound with the first piece.
    """
    about = json.dumps(_about(member_id, opener=opener), ensure_ascii=False, default=_plain)
    members = list(db.session.scalars(erasures.TWINS, {"member_id": member_id}))
    yield f'{{"made_at": "{now.isoformat()}", "member": {about}'
    for name, statement in statements.SECTIONS.items():
        yield f', "{name}": ['
        yield from _rows(statement, members)
        yield "]"
    yield "}"


def note(member_id: int, *, actor: Actor, now: datetime) -> None:
    """Write down that somebody of the staff had a member's data put together."""
    audit.record("member.export", actor=actor, object_kind="member", object_id=member_id, details={}, now=now)


def _rows(statement: Any, members: list[int]) -> Iterator[str]:
    found = db.session.execute(statement, {"members": members}, execution_options={"yield_per": ROWS_AT_ONCE})
    between = ""
    for part in found.scalars().partitions():
        yield between + ", ".join(part)
        between = ", "


def _about(member_id: int, *, opener: Opener | None) -> dict[str, Any]:
    row = db.session.execute(statements.MEMBER, {"member_id": member_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(kind="member")
    sealed = ("phone_masked", "phone_index", "phone_cipher", "email_masked", "email_index", "email_cipher")
    return {
        **{name: value for name, value in row.items() if name not in sealed},
        "phone": _opened(row, "phone", opener=opener),
        "email": _opened(row, "email", opener=opener),
    }


def _opened(row: Any, name: str, *, opener: Opener | None) -> str | None:
    if opener is None or row[f"{name}_cipher"] is None:
        masked: str | None = row[f"{name}_masked"]
        return masked
    index = bytes(row[f"{name}_index"])
    context = phones.cipher_context(index) if name == "phone" else contacts.cipher_context(contacts.EMAIL, index)
    return opener.decrypt(bytes(row[f"{name}_cipher"]), context=context)


def _plain(value: Any) -> str:
    if isinstance(value, date | UUID):
        return str(value) if isinstance(value, UUID) else value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
