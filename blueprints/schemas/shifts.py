"""Days and shifts of a counter: what they came to, who hands over to whom."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.services.counter_days import Day, Sums
from app.services.shifts import ToldShift
from blueprints.schemas.base import MAX_FEN, BusinessDate, Closed, ClosedQuery, Instant, Out, PageQuery, text_of


class SumsOut(Out):
    """Bills that stand and those undone, coupon uses that stand; fen as rung up, what came off them, and what was paid."""

    bills: int
    undone: int
    coupons_used: int
    bill_fen: int
    coupon_fen: int
    tier_fen: int
    points_fen: int
    payable_fen: int

    @classmethod
    def of(cls, sums: Sums) -> "SumsOut":
        return cls.model_validate(sums)


class DayQuery(ClosedQuery):
    """A business date of the shop, today when left out; `mine`: only what I settled."""

    on: BusinessDate | None = None
    mine: bool = False


class DayListQuery(PageQuery, DayQuery):
    """A page of the same."""


class DayOut(Out):
    """What a day came to. `joined`: members who joined at this store, whoever enrolled them."""

    on: date
    sums: SumsOut
    joined: int

    @classmethod
    def of(cls, day: Day) -> "DayOut":
        return cls(on=day.on, sums=SumsOut.of(day.sums), joined=day.joined)


class CloseIn(Closed):
    """`counted_fen`: what is in the till, when it was counted. `note`: what the next person must know."""

    counted_fen: Annotated[int, Field(ge=0, le=MAX_FEN)] | None = None
    note: text_of(500, min_length=0) = ""  # type: ignore[valid-type]


class AcknowledgeIn(Closed):
    """A word back, if there is one."""

    reply: text_of(500, min_length=0) = ""  # type: ignore[valid-type]


class ShiftOut(Out):
    """A shift. `sums`: as it was closed, or so far; null for open ones in a list."""

    id: UUID
    person: str
    person_id: UUID
    opened_at: Instant
    closed_at: Instant | None
    sums: SumsOut | None
    counted_fen: int | None
    note: str
    acknowledged_by: str | None
    acknowledged_at: Instant | None
    reply: str

    @classmethod
    def of(cls, told: ToldShift) -> "ShiftOut":
        shift = told.shift
        return cls(
            id=shift.public_id,
            person=told.person,
            person_id=told.person_id,
            opened_at=shift.opened_at,
            closed_at=shift.closed_at,
            sums=None if told.sums is None else SumsOut.of(told.sums),
            counted_fen=shift.counted_fen,
            note=shift.note,
            acknowledged_by=told.acknowledged_by,
            acknowledged_at=shift.acknowledged_at,
            reply=shift.reply,
        )


class CurrentShiftOut(Out):
    """My open shift at this store, if I have one."""

    shift: ShiftOut | None


class ShiftPage(Out):
    data: list[ShiftOut]
    has_more: bool
    next_cursor: str | None
