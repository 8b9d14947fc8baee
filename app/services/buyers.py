"""Whom a partner's system serves: the member a proven code names, and a code's one use when value is spent with it."""

from dataclasses import dataclass, field
from datetime import datetime

from app.errors import MemberCodeUsed
from app.extensions import db
from app.models.types import new_public_id
from app.services import points
from app.services.partner_keys import PartnerPrincipal
from app.statements import partners as statements


@dataclass(frozen=True, slots=True)
class CodeHolder:
    """Whom a code number names, before the code is proven."""

    member_id: int
    secret_cipher: bytes = field(repr=False)


def find_holder(number: str) -> CodeHolder | None:
    """The active member of a code number."""
    row = db.session.execute(statements.FIND_HOLDER, {"number": number}).one_or_none()
    return None if row is None else CodeHolder(row.member_id, bytes(row.cipher))


def lock(member_id: int) -> int:
    """Hold the account of a member, or of the one who stayed when they were merged meanwhile; returns whose it is."""
    return points.lock_kept(member_id)


def use_code(member_id: int, *, code_step: int, partner: PartnerPrincipal, now: datetime) -> None:
    """Consume the step of a proven code, as a scan at a counter does. Raises MemberCodeUsed, whoever used it before."""
    values = {
        "public_id": new_public_id(),
        "member_id": member_id,
        "code_step": code_step,
        "store_id": partner.store_id,
        "partner_key_id": partner.id,
        "now": now,
    }
    if db.session.execute(statements.USE_CODE, values).one_or_none() is None:
        raise MemberCodeUsed
