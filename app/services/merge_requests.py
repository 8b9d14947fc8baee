"""Two memberships of one person, brought together by the shop: looked at first, then done. docs/domain/identity.md"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.errors import Conflict, ErasureWaiting, InvalidInput, NotAllowed, SelfService
from app.extensions import db
from app.models import Member
from app.services import erasures, members, merges, staff, tiers
from app.services.tiers import Standing
from app.statements import merge_previews


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two as it stands: points and growth as booked, and how much of everything hangs on it."""

    member: Member
    standing: Standing
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """`kept` stays, what `merged` has moves to it. `warnings`: what gets lost or should be looked at first.

    phone_let_go · two_wechat · birthdays_differ · points_owed
    """

    kept: Side
    merged: Side
    warnings: list[str]


def preview(first_id: uuid.UUID, second_id: uuid.UUID) -> Preview:
    """What merging the two would do; the older membership stays. Raises NotFound, InvalidInput for one and the same."""
    kept, merged = _in_order(first_id, second_id)
    old, young = _side(kept), _side(merged)
    return Preview(old, young, _warnings(old, young))


def carry_out(first_id: uuid.UUID, second_id: uuid.UUID, *, reason: str, actor: Actor, now: datetime) -> Member:
    """Merge the two; returns who stays. Without a phone just proven, the older member's own wins.

    Raises NotFound, InvalidInput, SelfService when one of them is the person's own membership, ErasureWaiting when one of
    them asked to be forgotten, Conflict when another merge was faster.
    """
    if actor.kind != "staff" or actor.id is None:
        raise NotAllowed(reason="staff_only")
    kept, merged = _in_order(first_id, second_id)
    merges.lock_accounts(kept.id, merged.id)
    locked = merges.lock_members(kept.id, merged.id)
    if any(member.status != "active" for member in locked.values()):
        raise Conflict(kind="member")
    if any(staff.is_own_membership(actor.id, member_id) for member_id in locked):
        raise SelfService
    if any(erasures.find_waiting(member_id) for member_id in locked):
        raise ErasureWaiting
    return merges.merge(locked[kept.id], locked[merged.id], phone=None, reason=reason, actor=actor, now=now)


def _in_order(first_id: uuid.UUID, second_id: uuid.UUID) -> tuple[Member, Member]:
    if first_id == second_id:
        raise InvalidInput(field="other_id", reason="same_member")
    first, second = members.get_by_public_id(first_id), members.get_by_public_id(second_id)
    return (first, second) if first.id < second.id else (second, first)


def _side(member: Member) -> Side:
    row: Any = db.session.execute(merge_previews.COUNTS, {"member_id": member.id}).mappings().one()
    return Side(member, tiers.standing(member.id), {name: int(count) for name, count in row.items()})


def _warnings(kept: Side, merged: Side) -> list[str]:
    one, other = kept.member, merged.member
    born = (one.birth_month, one.birth_day), (other.birth_month, other.birth_day)
    said = {
        # A member has one number: the older member's stays.
        "phone_let_go": one.phone_masked is not None and other.phone_masked is not None,
        # Two WeChat accounts: perhaps two people.
        "two_wechat": kept.counts["wechat"] > 0 and merged.counts["wechat"] > 0,
        "birthdays_differ": None not in born[0] and None not in born[1] and born[0] != born[1],
        "points_owed": kept.counts["points_owed"] + merged.counts["points_owed"] > 0,
    }
    return [word for word, holds in said.items() if holds]
