"""A member at the counter: a scanned code opens a visit, the visit is good for one value-moving use.

The code's step is consumed by the database, so a code works once, whoever copies it. docs/domain/member-code.md
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NoReturn, Protocol

from app.errors import MemberCodeUsed, NotFound, SelfService, VisitEnded
from app.extensions import db
from app.models.types import new_public_id
from app.plain_statements import Plain, fetch_each
from app.rules import birthday
from app.services import points, programmes
from app.statements import visits as statements

# Long enough for a bill at the till, short enough that a clerk cannot keep a customer "open".
VISIT_LASTS = timedelta(minutes=10)


class AtCounter(Protocol):
    """The person who serves: the principal of a session bound to a store."""

    @property
    def id(self) -> int: ...

    @property
    def store_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class CodeHolder:
    """Whom a code number names, before the code is proven."""

    member_id: int
    secret_cipher: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenedVisit:
    """`is_new` is False when the same clerk scanned the same unused code again."""

    id: int
    public_id: uuid.UUID
    member_id: int
    expires_at: datetime
    is_new: bool


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """A visit that is still good for its one use; `member_id` is the active member."""

    id: int
    public_id: uuid.UUID
    member_id: int
    store_id: int
    staff_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class UsedVisit:
    """A visit whose one use is taken by this transaction; `member_id` is the active member."""

    id: int
    public_id: uuid.UUID
    member_id: int
    store_id: int
    staff_id: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class MemberCard:
    """What a clerk sees: masked, whether today is the member's birthday, whether colleagues left notes."""

    public_id: uuid.UUID
    nickname: str
    phone_masked: str | None
    points: int
    tier_code: str
    tier_name: str
    tier_name_en: str
    tier_colour: str
    tier_emblem: str
    is_birthday: bool
    joined_at: datetime
    has_notes: bool = False


def holder_look(number: str, *, staff: AtCounter) -> Plain:
    """The statement that finds the active member a code number names; `holder_of` reads its rows."""
    return statements.FIND_HOLDER, {"number": number, "staff_id": staff.id}


def holder_look_for(number: str, *, token_hash: bytes) -> Plain:
    """As `holder_look`, by the clerk's session."""
    return statements.FIND_HOLDER_FOR, {"number": number, "token_hash": token_hash}


def holder_of(rows: Sequence[Any]) -> CodeHolder | None:
    """The member found, if any. Raises SelfService when the clerk scans their own membership."""
    if not rows:
        return None
    if rows[0].is_own:
        raise SelfService
    return CodeHolder(rows[0].member_id, bytes(rows[0].cipher))


def open_visit(member_id: int, *, code_step: int, staff: AtCounter, now: datetime) -> OpenedVisit:
    """Consume the step of a proven code. The same clerk and store get the same visit again while it is unused.

    Raises MemberCodeUsed for anybody else, and after the use.
    """
    public_id, expires_at = new_public_id(), now + VISIT_LASTS
    values = {
        "public_id": public_id,
        "member_id": member_id,
        "code_step": code_step,
        "store_id": staff.store_id,
        "staff_id": staff.id,
        "now": now,
        "expires_at": expires_at,
    }
    visit_id = db.session.execute(statements.OPEN, values).scalar_one_or_none()
    if visit_id is not None:
        return OpenedVisit(visit_id, public_id, member_id, expires_at, is_new=True)
    again = db.session.execute(statements.FIND_OPENED, values).one_or_none()
    if again is None:
        raise MemberCodeUsed
    return OpenedVisit(again.id, again.public_id, member_id, again.expires_at, is_new=False)


def get_open(visit_id: uuid.UUID, *, staff: AtCounter, now: datetime, locked: bool = False) -> OpenVisit:
    """A visit of this clerk's that can still be used. `locked`: holds the member's account afterwards.

    Raises VisitEnded when it was used or ran out, NotFound for an unknown or another clerk's visit.
    """
    values = {"public_id": visit_id, "staff_id": staff.id, "store_id": staff.store_id, "now": now}
    db.session.flush()  # the statements go past the session, and must see what this transaction changed so far
    look = (statements.OPEN_VISIT, values)
    held, found = fetch_each((statements.LOCK_VISITOR, values), look) if locked else ([], *fetch_each(look))
    if not found:
        _refuse(values)
    visit = OpenVisit(*found[0])
    if locked and (not held or visit.member_id != held[0].member_id):
        # Merged since the scan: the account to hold is the kept one's.
        points.lock_account(visit.member_id)
    return visit


def use(visit_id: uuid.UUID, *, staff: AtCounter, now: datetime) -> UsedVisit:
    """Take the one use of a visit inside the caller's transaction; of parallel calls exactly one succeeds.

    Holds the member's account afterwards. Raises VisitEnded when it was used or ran out, NotFound for an unknown or
    another clerk's visit.
    """
    plain = using(visit_id, staff=staff, now=now)
    db.session.flush()  # the statements go past the session, and must see what this transaction changed so far
    held, used = fetch_each((statements.LOCK_VISITOR, plain[1]), plain)
    if not used:
        _refuse(plain[1])
    visit = UsedVisit(*used[0])
    if not held or visit.member_id != held[0].member_id:
        # The member was merged while we waited: the account to hold is now the kept one's.
        points.lock_account(visit.member_id)
    return visit


def using(visit_id: uuid.UUID, *, staff: AtCounter, now: datetime) -> Plain:
    """The statement of `use`: no row for a visit that is none of this clerk's or is over. The account must be held."""
    return statements.USE, {"public_id": visit_id, "staff_id": staff.id, "store_id": staff.store_id, "now": now}


def lock_for(visit_id: uuid.UUID, *, token_hash: bytes, now: datetime) -> Plain:
    """The statement that takes the account of whoever is served in this visit of the session's clerk; its row tells the member.

    Fails instead of waiting for somebody else who holds it."""
    return statements.LOCK_VISITOR_FOR, {"public_id": visit_id, "token_hash": token_hash, "now": now}


def card(member_id: int, *, now: datetime) -> MemberCard:
    """The masked card of a member. Raises NotFound."""
    row = db.session.execute(statements.CARD, {"member_id": member_id, "now": now}).one_or_none()
    if row is None:
        raise NotFound(kind="member")
    return card_of(row, on=programmes.business_date(now))


def card_of(row: Any, *, on: date) -> MemberCard:
    """A card from a row with its columns, as it is on a business date."""
    born = (row.birth_month, row.birth_day)
    return MemberCard(
        public_id=row.member_public_id,
        nickname=row.nickname,
        phone_masked=row.phone_masked,
        points=int(row.points),
        tier_code=row.tier_code,
        tier_name=row.tier_name,
        tier_name_en=row.tier_name_en,
        tier_colour=row.tier_colour,
        tier_emblem=row.tier_emblem,
        is_birthday=born in birthday.born_on(on),
        joined_at=row.joined_at,
        has_notes=row.has_notes,
    )


def _refuse(values: Mapping[str, Any]) -> NoReturn:
    if db.session.execute(statements.EXISTS, values).one_or_none() is None:
        raise NotFound(kind="visit")
    raise VisitEnded
