"""Messages opened: each carries a random code, and only the member it was sent to makes it count. docs/domain/results.md"""

import secrets
from datetime import datetime
from typing import Final

from app.extensions import db
from app.statements import message_opens as statements

# 72 bits, twelve characters of a URL.
CODE_BYTES: Final = 9


def fresh_code() -> str:
    """A new code for one message."""
    return secrets.token_urlsafe(CODE_BYTES)


def record(code: str, *, member_id: int, now: datetime) -> bool:
    """Note that the member opened the message with this code; False when it is not theirs, unknown or noted before.

    Settles a message in doubt: who opens it has it."""
    bound = {"code": code, "member_id": member_id, "now": now}
    return db.session.execute(statements.OPEN, bound).first() is not None
