"""Shifts at the counter: opened, closed with figures and a count, acknowledged by whoever takes over. docs/domain/counter.md"""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from app.actor import Actor
from app.errors import NotAllowed, NotFound, ShiftAcknowledged, ShiftEnded
from app.extensions import db
from app.models import Shift, Staff
from app.models.types import new_public_id
from app.paging import Page, cut
from app.services import audit, clerks, counter_days
from app.services.counter_days import Sums


@dataclass(frozen=True, kw_only=True)
class ToldShift:
    """A shift with the names of its people. `sums` so far while it is open, where one alone is told."""

    shift: Shift
    person: str
    person_id: uuid.UUID
    acknowledged_by: str | None
    sums: Sums | None


def open_shift(*, actor: Actor, now: datetime) -> Shift:
    """Begin the person's shift at their store; the open one, if there is one: a repeat changes nothing."""
    clerk = clerks.at_counter(actor)
    values = {"public_id": new_public_id(), "store_id": clerk.store_id, "staff_id": clerk.id, "opened_at": now}
    # Of two at once the index lets one in.
    made = db.session.scalar(
        insert(Shift).values(**values, note="", reply="").on_conflict_do_nothing().returning(Shift.id)
    )
    if made is not None:
        audit.record("shift.open", actor=actor, object_kind="shift", object_id=made, details={}, now=now)
    shift = find_open(actor=actor)
    if shift is None:
        raise ShiftEnded
    return shift


def find_open(*, actor: Actor) -> Shift | None:
    """The person's own open shift at their store."""
    clerk = clerks.at_counter(actor)
    mine = (Shift.store_id == clerk.store_id, Shift.staff_id == clerk.id, Shift.closed_at.is_(None))
    return db.session.scalar(select(Shift).where(*mine))


def close(public_id: uuid.UUID, *, counted_fen: int | None, note: str, actor: Actor, now: datetime) -> Shift:
    """Close the person's own shift with what it came to. Raises NotFound, NotAllowed (a colleague's), ShiftEnded."""
    shift = _lock(public_id, actor=actor)
    if shift.staff_id != actor.id:
        raise NotAllowed(reason="shift_of_a_colleague")
    if shift.closed_at is not None:
        raise ShiftEnded(closed_at=shift.closed_at)
    sums = _so_far(shift, now=now)
    for name, value in asdict(sums).items():
        setattr(shift, name, value)
    shift.closed_at, shift.counted_fen, shift.note = now, counted_fen, note
    details = {"payable_fen": sums.payable_fen, "counted_fen": counted_fen, "bills": sums.bills}
    audit.record("shift.close", actor=actor, object_kind="shift", object_id=shift.id, details=details, now=now)
    return shift


def acknowledge(public_id: uuid.UUID, *, reply: str, actor: Actor, now: datetime) -> Shift:
    """Take a closed shift over, as somebody else at the same store; once.

    Raises NotFound, ShiftEnded (still open), NotAllowed (one's own), ShiftAcknowledged.
    """
    shift = _lock(public_id, actor=actor)
    if shift.staff_id == actor.id:
        raise NotAllowed(reason="own_shift")
    if shift.closed_at is None:
        raise ShiftEnded(reason="still_open")
    if shift.acknowledged_at is not None:
        raise ShiftAcknowledged(acknowledged_at=shift.acknowledged_at)
    shift.acknowledged_at, shift.acknowledged_by_id, shift.reply = now, actor.id, reply
    audit.record("shift.acknowledge", actor=actor, object_kind="shift", object_id=shift.id, details={}, now=now)
    return shift


def list_of_store(store_id: int, *, after: tuple[datetime, int] | None, limit: int) -> Page[ToldShift]:
    """A store's shifts, the last opened first; `after` is (opened_at, id) of the last row seen."""
    taker = aliased(Staff)
    query = (
        select(Shift, Staff.display_name, Staff.public_id, taker.display_name)
        .join(Staff, Staff.id == Shift.staff_id)
        .outerjoin(taker, taker.id == Shift.acknowledged_by_id)
        .where(Shift.store_id == store_id)
        .order_by(Shift.opened_at.desc(), Shift.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        at, last_id = after
        query = query.where(or_(Shift.opened_at < at, and_(Shift.opened_at == at, Shift.id < last_id)))
    page = cut(db.session.execute(query).all(), limit, lambda row: (row[0].opened_at, row[0].id))
    return page.map(
        lambda row: ToldShift(
            shift=row[0], person=row[1], person_id=row[2], acknowledged_by=row[3], sums=_written(row[0])
        )
    )


def tell(shift: Shift, *, now: datetime) -> ToldShift:
    """One shift with names and, while it is open, what it came to so far."""
    taker = None if shift.acknowledged_by_id is None else db.session.get_one(Staff, shift.acknowledged_by_id)
    person = db.session.get_one(Staff, shift.staff_id)
    return ToldShift(
        shift=shift,
        person=person.display_name,
        person_id=person.public_id,
        acknowledged_by=None if taker is None else taker.display_name,
        sums=_written(shift) or _so_far(shift, now=now),
    )


def _so_far(shift: Shift, *, now: datetime) -> Sums:
    return counter_days.between(shift.store_id, starts_at=shift.opened_at, ends_at=now, staff_id=shift.staff_id)


def _written(shift: Shift) -> Sums | None:
    if shift.closed_at is None:
        return None
    return Sums(**{name: getattr(shift, name) for name in Sums.__dataclass_fields__})


def _lock(public_id: uuid.UUID, *, actor: Actor) -> Shift:
    clerk = clerks.at_counter(actor)
    shift = db.session.scalar(
        select(Shift).where(Shift.public_id == public_id, Shift.store_id == clerk.store_id).with_for_update()
    )
    if shift is None:
        raise NotFound(kind="shift")
    return shift
