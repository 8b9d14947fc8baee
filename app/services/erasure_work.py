"""Carrying out a wish to be forgotten: what says who it was goes, the ledger stays and still adds up. docs/domain/erasure.md

One member per transaction. Lock order: the account, the member rows, then everything else of theirs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.extensions import db
from app.models import ErasureRequest, Member
from app.services import audit, consents, growth, merges, points
from app.statements import erasures as statements


@dataclass(frozen=True, slots=True)
class Due:
    """A wish whose time to think is over."""

    request_id: int
    member_id: int


def list_due(*, now: datetime, after_id: int, limit: int) -> list[Due]:
    """Wishes to carry out, in the order they were made, beyond `after_id` (ix_erasure_request_due)."""
    rows = db.session.execute(statements.DUE, {"now": now, "after_id": after_id, "limit": limit})
    return [Due(row.id, row.member_id) for row in rows]


def carry_out(due: Due, *, now: datetime) -> bool:
    """Erase one member. False when it was taken back meanwhile, or a message is just leaving: then the next tick comes again.

    Raises ClockBehind when the ledger is ahead of this clock.
    """
    merges.lock_accounts(due.member_id)
    members = list(db.session.scalars(statements.TWINS, {"member_id": due.member_id}))
    member = merges.lock_members(*members)[due.member_id]
    request = db.session.get_one(ErasureRequest, due.request_id, with_for_update=True, populate_existing=True)
    if request.state != "waiting" or member.status != "active":
        return False
    values: dict[str, Any] = {"members": members, "member_id": member.id, "now": now, "source": f"erasure:{request.id}"}
    if db.session.scalar(statements.LEAVING, values):
        return False
    counts = _end_value(member, source=values["source"], now=now)
    _withdraw_consents(member, now=now)
    db.session.flush()  # the statements go past the session
    counts |= _forget(values)
    request.state, request.ended_at = "done", now
    audit.record(
        "member.erase",
        actor=Actor.system(),
        object_kind="member",
        object_id=member.id,
        details=counts,
        now=now,
    )
    return True


def _end_value(member: Member, *, source: str, now: datetime) -> dict[str, int]:
    """Points run out, growth and tier end. What is owed stays owed: it is the shop's loss, and the books say so."""
    return {
        "points": points.end(member.id, source=source, now=now),
        "growth": growth.end(member.id, source=source, now=now),
    }


def _withdraw_consents(member: Member, *, now: datetime) -> None:
    """The last thing the member decides; what they agreed to until then stays proven, by number."""
    for purpose in consents.PURPOSES:
        latest = consents.find_latest(member.id, purpose)
        if latest is not None and latest.granted:
            consents.record(
                member,
                purpose=purpose,
                granted=False,
                document_version=latest.document_version,
                channel="erasure",
                now=now,
            )


def _forget(values: dict[str, Any]) -> dict[str, int]:
    run = db.session.execute
    counts = {"coupons": len(run(statements.COUPONS, values).all())}
    for statement in (statements.TRANSFERS, *statements.OWED, statements.DELIVERIES, statements.GRANTS):
        run(statement, values)
    for statement in (*statements.BY_OPENID, *statements.DELETED, *statements.WORDS, statements.STAFF):
        run(statement, values)
    run(statements.MEMBER, values)
    db.session.expire_all()  # the statements went past the session
    return counts
