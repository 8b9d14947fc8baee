"""Ticks, tags, revisions and merges at one moment: everybody is counted once, no tag is lost, no version is written twice."""

import uuid
from datetime import timedelta

from sqlalchemy import select

from app.actor import Actor
from app.models import Member, MemberFigure, MemberListEntry, MemberTag, Segment, SegmentVersion
from app.services import figures, merges, segment_lists, segments, tags
from app.transaction import transaction
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import make_batch
from tests.factories.issue_runs import lines_of
from tests.factories.members import make_member
from tests.factories.segments import make_segment

PEOPLE, PAIRS = 12, 3
SYSTEM = Actor.system()


def count_next() -> int:
    return figures.refresh_next(now=NOON, limit=4).looked_at


def fill_next(*, list_id: int) -> int:
    return segment_lists.advance(list_id, now=NOON, limit=4).come


def revise(*, segment: uuid.UUID, month: int) -> int:
    rule = {"is": "birthday_month", "any_of": [month]}
    return segments.revise(segment, rule=rule, actor=SYSTEM, now=NOON).version.version


def add(*, tag: uuid.UUID, member: uuid.UUID) -> int:
    return tags.add(tag, {1: member}, actor=SYSTEM, now=NOON).changed


def unite(*, first: int, second: int) -> None:
    merges.lock_accounts(first, second)
    found = merges.lock_members(first, second)
    merges.merge(found[first], found[second], phone=None, reason="phone", actor=SYSTEM, now=NOON)


def test_everything_about_segments_at_once(committed_db: CommittedDatabase) -> None:
    with committed_db.session(), transaction():
        people = [make_member() for _ in range(PEOPLE)]
        tag = tags.create("VIP", actor=SYSTEM, now=NOON)
        tags.add(tag.public_id, lines_of(people[:6]), actor=SYSTEM, now=NOON)
        segment = make_segment({"is": "tag", "any_of": ["VIP"]}).segment
        list_id = make_batch(segment_public_id=segment.public_id).member_list_id
        calls = [
            *(call(count_next) for _ in range(6)),
            *(call(fill_next, list_id=list_id) for _ in range(4)),
            *(call(revise, segment=segment.public_id, month=month) for month in range(1, 5)),
            *(call(add, tag=tag.public_id, member=person.public_id) for person in people[6:]),
            *(call(unite, first=people[n].id, second=people[-1 - n].id) for n in range(PAIRS)),
        ]
        segment_id = segment.id
    with Racers() as racers:
        outcomes = racers.run(committed_db, calls)
        # Two who became one may be met while they do: whoever comes then is told to come again.
        assert set(tally(outcomes)) <= {"ok", "conflict", "unavailable"}
        rest = [*(call(count_next) for _ in range(8)), *(call(fill_next, list_id=list_id) for _ in range(4))]
        assert set(tally(racers.run(committed_db, rest))) == {"ok"}
    with committed_db.session() as session:
        active = set(session.scalars(select(Member.id).where(Member.status == "active")))
        assert set(session.scalars(select(MemberFigure.member_id))) <= active
        versions = session.scalars(
            select(SegmentVersion.version)
            .where(SegmentVersion.segment_id == segment_id)
            .order_by(SegmentVersion.version)
        ).all()
        assert versions == list(range(1, len(versions) + 1))
        assert session.get_one(Segment, segment_id).version == versions[-1]
        carriers = set(session.scalars(select(MemberTag.member_id)))
        with transaction():
            count = figures.refresh_next(now=NOON + timedelta(days=1), limit=100).looked_at
            assert list_id is not None
            again = segment_lists.advance(list_id, now=NOON + timedelta(days=1), limit=100)
        assert (count, again.has_more) == (PEOPLE, False)
        assert set(session.scalars(select(MemberFigure.member_id))) == active
        assert set(session.scalars(select(MemberListEntry.member_id))) == carriers & active
    assert_verified(committed_db)
