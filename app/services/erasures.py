"""Wishes to be forgotten: asked for, taken back, listed. What carries them out is erasure_work.py. docs/domain/erasure.md"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from app.actor import Actor
from app.errors import ErasureEnded, NotAllowed, NotFound, SelfService
from app.extensions import db
from app.models import ErasureRequest, Member, Staff
from app.models.types import new_public_id
from app.paging import Page, cut
from app.services import audit, members, staff

# Time to think it over: a stolen phone or a bad day must not cost a membership, and the law's fifteen working days are kept.
COOLING_OFF: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Told:
    """A wish, whose it is (emptied once it is done), and who of the staff wrote it down; None for the member's own."""

    request: ErasureRequest
    member: Member
    written_by: str | None


def ask(member_id: int, *, actor: Actor, now: datetime, reason: str | None = None) -> Told:
    """Begin the time to think; a repeat while it runs changes nothing and tells the same. Raises NotFound.

    Somebody of the staff says how the member asked (`reason`), and not about their own membership (SelfService).
    """
    member = members.get(member_id)
    staff_id = _staff_id(actor, member_id=member.id)
    made = db.session.scalar(
        insert(ErasureRequest)
        .values(
            public_id=new_public_id(),
            member_id=member.id,
            state="waiting",
            staff_id=staff_id,
            reason=reason if staff_id is not None else None,
            requested_at=now,
            due_at=now + COOLING_OFF,
        )
        .on_conflict_do_nothing()
        .returning(ErasureRequest.id)
    )
    if made is not None:
        audit.record(
            "member.ask_erasure",
            actor=actor,
            object_kind="member",
            object_id=member.id,
            details={"due_at": (now + COOLING_OFF).isoformat(), "phone": member.phone_masked},
            now=now,
        )
    return _one(_told().where(ErasureRequest.member_id == member.id, ErasureRequest.state == "waiting"))


def find_waiting(member_id: int) -> Told | None:
    """The wish that waits for its time, if there is one."""
    query = _told().where(ErasureRequest.member_id == member_id, ErasureRequest.state == "waiting")
    row = db.session.execute(query).one_or_none()
    return None if row is None else Told(*row)


def take_back(member_id: int, *, actor: Actor, now: datetime) -> Told:
    """The member stays. Raises NotFound when no wish waits."""
    waiting = find_waiting(member_id)
    if waiting is None:
        raise NotFound(kind="erasure")
    return withdraw(waiting.request.public_id, actor=actor, now=now)


def withdraw(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> Told:
    """Take a wish back while it waits. Raises NotFound, ErasureEnded when it was taken back or carried out before."""
    query = select(ErasureRequest).where(ErasureRequest.public_id == public_id).with_for_update()
    request = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if request is None:
        raise NotFound(kind="erasure")
    if request.state != "waiting":
        raise ErasureEnded(state=request.state)
    request.state, request.ended_at = "withdrawn", now
    audit.record(
        "member.keep",
        actor=actor,
        object_kind="member",
        object_id=request.member_id,
        details={"requested_at": request.requested_at.isoformat()},
        now=now,
    )
    return get(public_id)


def get(public_id: uuid.UUID) -> Told:
    """One wish. Raises NotFound."""
    return _one(_told().where(ErasureRequest.public_id == public_id))


def list_requests(*, after: tuple[int] | None, limit: int, state: str | None = None) -> Page[Told]:
    """Newest first; `after` is the key of the last row seen."""
    query = _told().order_by(ErasureRequest.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(ErasureRequest.id < after[0])
    if state is not None:
        query = query.where(ErasureRequest.state == state)
    rows = [Told(*row) for row in db.session.execute(query)]
    return cut(rows, limit, lambda row: (row.request.id,))


def _staff_id(actor: Actor, *, member_id: int) -> int | None:
    if actor.kind == "member":
        return None
    if actor.kind != "staff" or actor.id is None:
        raise NotAllowed(reason="staff_only")
    if staff.is_own_membership(actor.id, member_id):
        raise SelfService
    return actor.id


def _one(query: Select[ErasureRequest, Member, str | None]) -> Told:
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound(kind="erasure")
    return Told(*row)


def _told() -> Select[ErasureRequest, Member, str | None]:
    return (
        select(ErasureRequest, Member, Staff.display_name)
        .join(Member, Member.id == ErasureRequest.member_id)
        .outerjoin(Staff, Staff.id == ErasureRequest.staff_id)
    )
