"""A member's e-mail address on the wire: always masked on the way out."""

from typing import Annotated

from pydantic import StringConstraints

from app.models import ContactCode, MemberContact
from blueprints.schemas.base import Closed, Instant, Out


class EmailIn(Closed):
    """The address a code is sent to."""

    email: Annotated[str, StringConstraints(min_length=3, max_length=254)]


class EmailCodeIn(Closed):
    """The six digits of the letter."""

    email_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class EmailOut(Out):
    """Null when there is no proven address. `is_refused`: the mail server knows no such box; prove it anew."""

    email: str | None
    verified_at: Instant | None
    is_refused: bool

    @classmethod
    def of(cls, contact: MemberContact | None) -> "EmailOut":
        if contact is None:
            return cls(email=None, verified_at=None, is_refused=False)
        return cls(email=contact.masked, verified_at=contact.verified_at, is_refused=contact.refused_at is not None)


class EmailAskedOut(Out):
    """A code is on its way, whoever the address belongs to."""

    email: str
    expires_at: Instant

    @classmethod
    def of(cls, code: ContactCode) -> "EmailAskedOut":
        return cls(email=code.masked, expires_at=code.expires_at)
