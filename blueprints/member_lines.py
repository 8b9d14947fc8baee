"""Members named one a line, by public id or phone, as uploads of lists and tags bring them."""

import uuid
from collections.abc import Sequence
from typing import Final

from app.errors import PhoneInvalid
from app.services import phones
from app.services.member_lists import Changed, Named
from app.wiring import parts
from blueprints.schemas.member_lists import LineErrorOut, LinesOut

# Five thousand lines of public ids.
LARGEST: Final = 320_000


def read(written: Sequence[str]) -> tuple[dict[int, Named], list[int]]:
    """Numbered lines as services know members, and the lines that are neither a public id nor a phone."""
    lines: dict[int, Named] = {}
    malformed: list[int] = []
    for number, text in enumerate(written, 1):
        try:
            lines[number] = _named(text)
        except PhoneInvalid:
            malformed.append(number)
    return lines, malformed


def told(changed: Changed, malformed: Sequence[int]) -> LinesOut:
    """What became of the lines."""
    reasons = dict.fromkeys(malformed, "malformed") | dict.fromkeys(changed.unknown, "unknown")
    errors = [LineErrorOut.model_validate({"line": line, "reason": reasons[line]}) for line in sorted(reasons)]
    return LinesOut(changed=changed.changed, unchanged=changed.unchanged, errors=errors)


def _named(text: str) -> Named:
    """Raises PhoneInvalid. No phone is as long as a public id."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return phones.index_of(phones.parse(text), vault=parts().vault)
