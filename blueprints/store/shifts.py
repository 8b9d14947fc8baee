"""Shifts: opened, handed over with figures, taken over by the next person."""

from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint

from app.services import shifts
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, current_staff, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.shifts import AcknowledgeIn, CloseIn, CurrentShiftOut, ShiftOut, ShiftPage

bp = APIBlueprint("shifts", __name__, tag="counter")


@bp.get("/shifts")
@bp.input(PageQuery, location="query")
@bp.output(ShiftPage)
@allow("clerk", "manager")
def list_of_store(query_data: PageQuery) -> ShiftPage:
    """This store's shifts, the last opened first; one that is closed and not acknowledged waits for the next person."""
    page = shifts.list_of_store(
        current_staff().store_id or 0, after=decode(query_data.cursor, datetime, int), limit=query_data.limit
    )
    return page_of(ShiftPage, page, ShiftOut.of)


@bp.get("/shifts/current")
@bp.output(CurrentShiftOut)
@allow("clerk", "manager")
def show_current() -> CurrentShiftOut:
    """My open shift at this store and what it came to so far."""
    shift = shifts.find_open(actor=actor())
    return CurrentShiftOut(shift=None if shift is None else ShiftOut.of(shifts.tell(shift, now=now())))


@bp.post("/shifts")
@bp.output(ShiftOut, status_code=201)
@allow("clerk", "manager")
@idempotent
def open_one() -> ShiftOut:
    """Begin my shift at this store; the open one if there is one."""
    return ShiftOut.of(shifts.tell(shifts.open_shift(actor=actor(), now=now()), now=now()))


@bp.post("/shifts/<uuid:shift_id>/closing")
@bp.input(CloseIn)
@bp.output(ShiftOut, status_code=201)
@allow("clerk", "manager")
@idempotent
def close(shift_id: UUID, json_data: CloseIn) -> ShiftOut:
    """Close my shift: its figures are written down as they are now, beside what I counted and what the next person must know."""
    shift = shifts.close(shift_id, counted_fen=json_data.counted_fen, note=json_data.note, actor=actor(), now=now())
    return ShiftOut.of(shifts.tell(shift, now=now()))


@bp.post("/shifts/<uuid:shift_id>/acknowledgement")
@bp.input(AcknowledgeIn)
@bp.output(ShiftOut, status_code=201)
@allow("clerk", "manager")
@idempotent
def acknowledge(shift_id: UUID, json_data: AcknowledgeIn) -> ShiftOut:
    """Take a colleague's closed shift over; once, and never one's own."""
    shift = shifts.acknowledge(shift_id, reply=json_data.reply, actor=actor(), now=now())
    return ShiftOut.of(shifts.tell(shift, now=now()))
