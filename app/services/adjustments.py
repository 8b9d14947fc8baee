"""Corrections of the ledgers by hand: alone within the day's limit, with a second person above it (I17).

docs/domain/adjustments.md has the rules and their reasons.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from app.actor import Actor
from app.errors import AdjustmentDecided, Conflict, NotAllowed, NotFound, SecondPersonNeeded, SelfService
from app.extensions import db
from app.models import Adjustment, Member, Staff
from app.paging import Page, cut
from app.services import alone_limits, audit, growth, members, merges, points, programmes, staff

LEDGERS = ("points", "growth")
REASONS = ("service", "goodwill", "mistake", "fraud", "migration")
STATES = ("waiting", "booked", "rejected")

_requester, _decider = aliased(Staff), aliased(Staff)


@dataclass(frozen=True, slots=True)
class Told:
    """An adjustment with the names a console shows; the member is the one who stands for it today."""

    adjustment: Adjustment
    member: Member
    requested_by: str
    decided_by: str | None


def request(
    member_public_id: uuid.UUID,
    *,
    ledger: str,
    amount: int,
    reason_code: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Adjustment:
    """Correct a member's points or growth by a signed amount: booked at once within the limit, else left waiting.

    Raises NotFound, SelfService for the person's own membership, InsufficientPoints when a booking would take more than
    there is (nothing is kept of the request then). A repeat is another correction: the edge's key makes it one.
    """
    member = members.get_by_public_id(member_public_id)
    requester_id = _person(actor)
    # Account before staff, as a merge takes them; then everything this person asks for comes one after the other.
    _lock_account(member.id)
    alone_limits.take_turn(requester_id)
    if staff.is_own_membership(requester_id, member.id):
        raise SelfService
    programme, today = programmes.get(), programmes.business_date(now)
    alone = alone_limits.given_alone(requester_id, today) + abs(amount) <= programme.adjustment_limit
    adjustment = Adjustment(
        member_id=member.id,
        ledger=ledger,
        amount=amount,
        reason_code=reason_code,
        reason=reason,
        state="booked" if alone else "waiting",
        needs_approval=not alone,
        business_date=today,
        requested_by_id=requester_id,
        requested_at=now,
    )
    db.session.add(adjustment)
    db.session.flush()  # its key names the ledger entry and the audit row
    if alone:
        _book(adjustment, now=now)
    _note("adjustment.request", adjustment, actor=actor, now=now, reason=reason)
    return adjustment


def approve(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> Adjustment:
    """Book a waiting adjustment as its second person.

    Raises NotFound, AdjustmentDecided, SecondPersonNeeded, SelfService; InsufficientPoints leaves it waiting.
    """
    adjustment = _take_up(public_id, actor=actor)
    # It may have become the requester's own by a merge since.
    for person_id in (_person(actor), adjustment.requested_by_id):
        if staff.is_own_membership(person_id, adjustment.member_id):
            raise SelfService
    # Who was erased meanwhile has nothing to correct any more; it can still be turned down.
    members.get(adjustment.member_id)
    _decide(adjustment, state="booked", actor=actor, now=now)
    _book(adjustment, now=now)
    _note("adjustment.approve", adjustment, actor=actor, now=now)
    return adjustment


def reject(public_id: uuid.UUID, *, reason: str, actor: Actor, now: datetime) -> Adjustment:
    """Turn a waiting adjustment down as its second person.

    Raises NotFound, AdjustmentDecided, SecondPersonNeeded, SelfService.
    """
    adjustment = _take_up(public_id, actor=actor)
    if staff.is_own_membership(_person(actor), adjustment.member_id):
        raise SelfService
    _decide(adjustment, state="rejected", actor=actor, now=now)
    _note("adjustment.reject", adjustment, actor=actor, now=now, reason=reason)
    return adjustment


def get(public_id: uuid.UUID) -> Told:
    """One adjustment. Raises NotFound."""
    row = db.session.execute(_told().where(Adjustment.public_id == public_id)).first()
    if row is None:
        raise NotFound(kind="adjustment")
    return Told(*row)


def list_adjustments(*, after: tuple[int] | None, limit: int, state: str | None = None) -> Page[Told]:
    """Newest first; `after` is the internal key of the last row seen."""
    query = _told().order_by(Adjustment.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(Adjustment.id < after[0])
    if state is not None:
        query = query.where(Adjustment.state == state)
    rows = [Told(*row) for row in db.session.execute(query)]
    return cut(rows, limit, lambda row: (row.adjustment.id,))


def _told() -> Select[Adjustment, Member, str, str]:
    asked_for = aliased(Member)
    return (
        select(Adjustment, Member, _requester.display_name, _decider.display_name)
        .join(asked_for, asked_for.id == Adjustment.member_id)
        .join(Member, Member.id == func.coalesce(asked_for.merged_into_id, asked_for.id))
        .join(_requester, _requester.id == Adjustment.requested_by_id)
        .outerjoin(_decider, _decider.id == Adjustment.decided_by_id)
    )


def _person(actor: Actor) -> int:
    if actor.kind != "staff" or actor.id is None:
        raise NotAllowed(reason="staff_only")
    return actor.id


def _lock_account(member_id: int) -> None:
    """Hold the account; a merge that came first has made the member another. Raises Conflict then: asking again helps."""
    points.lock_account(member_id)
    if merges.resolve(member_id) != member_id:
        raise Conflict(kind="member")


def _take_up(public_id: uuid.UUID, *, actor: Actor) -> Adjustment:
    """The waiting adjustment, locked after its member's account, by somebody who may decide it."""
    found = db.session.execute(
        select(Adjustment.id, Adjustment.member_id).where(Adjustment.public_id == public_id)
    ).first()
    if found is None:
        raise NotFound(kind="adjustment")
    member_id = merges.resolve(found.member_id)
    _lock_account(member_id)
    adjustment = db.session.get_one(Adjustment, found.id, with_for_update=True, populate_existing=True)
    if adjustment.state != "waiting":
        raise AdjustmentDecided(state=adjustment.state)
    if adjustment.requested_by_id == _person(actor):
        raise SecondPersonNeeded
    # It is booked on, and shown for, the member who stands today.
    adjustment.member_id = member_id
    return adjustment


def _decide(adjustment: Adjustment, *, state: str, actor: Actor, now: datetime) -> None:
    adjustment.state, adjustment.decided_by_id, adjustment.decided_at = state, _person(actor), now


def _book(adjustment: Adjustment, *, now: datetime) -> None:
    adjust = points.adjust if adjustment.ledger == "points" else growth.adjust
    adjust(adjustment.member_id, amount=adjustment.amount, source=f"adjustment:{adjustment.id}", now=now)


def _note(action: str, adjustment: Adjustment, *, actor: Actor, now: datetime, reason: str | None = None) -> None:
    details = {
        "member_id": adjustment.member_id,
        "ledger": adjustment.ledger,
        "amount": adjustment.amount,
        "reason_code": adjustment.reason_code,
        "state": adjustment.state,
    }
    if reason is not None:
        details["reason"] = reason
    audit.record(action, actor=actor, object_kind="adjustment", object_id=adjustment.id, details=details, now=now)
