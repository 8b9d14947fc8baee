"""Lists and issue runs made through the real services, and the tick that works them off."""

import itertools
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.models import CouponBatch, IssueRun, Member, MemberList
from app.services import issue_run_work, issue_runs, member_lists
from app.services.issue_audiences import Audience
from tests.conftest import NOON
from tests.factories.coupons import make_batch, make_template
from tests.factories.staff import make_staff

_numbers = itertools.count(1)


def marketer() -> Actor:
    """A person who prints coupons."""
    person = make_staff("marketer")
    return Actor(kind="staff", id=person.id, role="marketer")


def make_list(members: Sequence[Member], *, now: datetime = NOON) -> MemberList:
    """A list with these members on it."""
    row = member_lists.create(f"名单 {next(_numbers)}", actor=Actor.system(), now=now)
    lines = {number: member.public_id for number, member in enumerate(members, 1)}
    member_lists.add(row.public_id, lines, actor=Actor.system(), now=now)
    return row


def issue_batch(*, now: datetime = NOON, terms: dict[str, Any] | None = None, **options: Any) -> CouponBatch:
    """A batch the shop gives from."""
    return make_batch(make_template(now=now, **(terms or {})), how="issue", now=now, **options)


def make_run(
    batch: CouponBatch | None = None,
    *,
    audience: str = "everyone",
    tiers: Sequence[str] = (),
    members: MemberList | None = None,
    is_partial: bool = False,
    actor: Actor | None = None,
    now: datetime = NOON,
) -> IssueRun:
    """A run over everybody, unless told otherwise; planned, not begun."""
    return issue_runs.create(
        (batch or issue_batch(stock=1000, now=now)).public_id,
        Audience(kind=audience, tiers=tiers, member_list_public_id=members.public_id if members else None),
        is_partial=is_partial,
        note="周年庆",
        actor=actor or marketer(),
        now=now,
    )


def work(run: IssueRun, *, now: datetime = NOON, limit: int = 500) -> IssueRun:
    """Chunk after chunk until nothing more follows."""
    while issue_run_work.advance(run.id, now=now, limit=limit).has_more:
        pass
    return issue_runs.lock(run.public_id)


def lines_of(members: Sequence[Member]) -> dict[int, uuid.UUID | bytes]:
    """Numbered lines that name members by public id."""
    return {number: member.public_id for number, member in enumerate(members, 1)}
