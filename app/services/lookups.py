"""What was typed or scanned at a counter: which kind of thing it is, and whom a phone may belong to. docs/domain/counter.md"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.actor import Actor
from app.errors import CouponCodeMalformed, InputNotRecognised, PhoneInvalid
from app.extensions import db
from app.rules import coupon_code, member_code
from app.services import audit, phones
from app.statements import lookups as statements

# More than this is no choice: the clerk asks for the whole number.
MOST_CANDIDATES: Final = 6
TAIL_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Typed:
    """`kind`: member_code, coupon_code, phone_tail or phone; `value` as the operation for it takes it."""

    kind: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A member a phone may belong to, masked."""

    public_id: UUID
    nickname: str
    phone_masked: str
    tier_code: str
    tier_name: str
    tier_name_en: str
    tier_colour: str
    tier_emblem: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Candidates:
    """Newest members first; `is_cut` when there are more than are told."""

    members: list[Candidate]
    is_cut: bool


def read(written: str) -> Typed:
    """Tell a member code from a coupon code and from a phone or its last four digits; blanks and dashes do not matter.

    Raises MemberCodeMalformed for a misread member code, InputNotRecognised for everything else (goods, words).
    """
    plain = written.translate(_TO_ASCII)
    digits = "".join(plain.split()).replace("-", "")
    if not digits.removeprefix("+").isdigit():
        return Typed("coupon_code", _read(coupon_code.parse, plain, CouponCodeMalformed))
    if len(digits) == member_code.LENGTH:
        member_code.parse(digits)
        return Typed("member_code", digits)
    if len(digits) == TAIL_DIGITS:
        return Typed("phone_tail", digits)
    return Typed("phone", _read(phones.parse, digits, PhoneInvalid))


def _read(reader: Callable[[str], str], written: str, refusal: type[Exception]) -> str:
    try:
        return reader(written)
    except refusal:
        raise InputNotRecognised from None


def find(typed: Typed, *, phone_index: bytes | None, actor: Actor, now: datetime) -> Candidates:
    """Active members whose phone ends in these four digits, or the one who holds `phone_index`; that somebody looked is kept."""
    if phone_index is None:
        found = _candidates(statements.BY_TAIL, {"tail": typed.value})
    else:
        found = _candidates(statements.BY_INDEX, {"phone_index": phone_index})
    details = {"by": typed.kind, "found": len(found.members)}
    audit.record("member.look_up", actor=actor, object_kind="member", object_id=None, details=details, now=now)
    return found


def _candidates(statement: Any, values: dict[str, Any]) -> Candidates:
    rows = db.session.execute(statement, {**values, "limit": MOST_CANDIDATES + 1}).mappings().all()
    return Candidates([Candidate(**row) for row in rows[:MOST_CANDIDATES]], is_cut=len(rows) > MOST_CANDIDATES)


# What an input method makes of digits; a scan gun types through whichever is active.
_TO_ASCII: Final = str.maketrans("０１２３４５６７８９＋－　", "0123456789+- ")
