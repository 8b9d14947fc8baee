"""Segments: saved, revised, archived; counted, sampled, explained; and what they refuse."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import AuditEntry, Segment, SegmentVersion
from app.rules import segment_compiler
from app.services import figures, growth, segment_counts, segment_looks, segments, tags
from jobs.refresh_segments import refresh_segments
from tests.factories.earning import make_purchase
from tests.factories.members import make_counter_member, make_member
from tests.factories.segments import make_segment

SYSTEM = Actor.system()
MARCH: dict[str, Any] = {"is": "birthday_month", "any_of": [3]}
APRIL: dict[str, Any] = {"is": "birthday_month", "any_of": [4]}


def counted(rule: dict[str, Any], now: datetime) -> int:
    return segment_looks.count(segment_compiler.compile(rule), now=now)


def test_a_revision_is_another_version_and_the_old_one_stays(db_session: Session, now: datetime) -> None:
    make_member(birthday=(3, 1))
    made = make_segment(MARCH)
    segment_id = made.segment.id
    same = segments.revise(made.segment.public_id, rule={**MARCH, "any_of": [3, 3]}, actor=SYSTEM, now=now)
    assert same.version.version == 1
    segment_counts.refresh(segment_id, now=now)
    revised = segments.revise(made.segment.public_id, rule=APRIL, actor=SYSTEM, now=now)
    assert (revised.version.version, revised.segment.member_count) == (2, None)
    old, new = (segments.predicate(segment_id, version) for version in (1, 2))
    assert [segment_looks.count(one, now=now) for one in (old, new)] == [1, 0]
    page = segments.list_versions(made.segment, after=None, limit=1)
    rest = segments.list_versions(made.segment, after=page.next_key, limit=1)
    assert [row.version for row in (*page.items, *rest.items)] == [2, 1]
    actions = db_session.scalars(
        select(AuditEntry.action).where(AuditEntry.object_kind == "segment").order_by(AuditEntry.id)
    ).all()
    assert actions == ["segment.create", "segment.revise"]


def test_what_is_archived_serves_nothing_new(db_session: Session, now: datetime) -> None:
    made = make_segment(MARCH)
    public_id = made.segment.public_id
    assert [segments.archive(public_id, actor=SYSTEM, now=now).segment.is_active for _ in range(2)] == [False, False]
    with pytest.raises(e.SegmentArchived):
        segments.revise(public_id, rule=APRIL, actor=SYSTEM, now=now)
    with pytest.raises(e.SegmentArchived):
        segments.get_usable(public_id)
    # What goes by it already goes on.
    segments.predicate(made.segment.id, 1)
    archived = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "segment.archive")).all()
    assert len(archived) == 1


def test_names_of_nothing_and_of_others_are_refused(db_session: Session, now: datetime) -> None:
    tags.create("VIP", actor=SYSTEM, now=now)
    gone = str(uuid.UUID(int=7))
    rule = {
        "all": [
            {"is": "tag", "any_of": ["VIP", "VIQ"]},
            {"is": "tier", "any_of": ["gold", "gloden"]},
            {"is": "purchases", "stores": ["nowhere"]},
            {"is": "coupons_held", "batches": [gone], "templates": [gone]},
            {"is": "member_list", "any_of": [gone]},
            {"is": "messages_opened", "topics": ["promotion", "gossip"]},
        ]
    }
    with pytest.raises(e.SegmentUnknownNames) as refused:
        make_segment(rule)
    assert refused.value.data["names"] == {
        "tag": ["VIQ"],
        "tier": ["gloden"],
        "store": ["nowhere"],
        "coupon_batch": [gone],
        "coupon_template": [gone],
        "member_list": [gone],
        "message_topic": ["gossip"],
    }
    with pytest.raises(e.SegmentUnknownNames):
        segment_looks.preview(rule, now=now)
    make_segment(MARCH, name="三月")
    with pytest.raises(e.NameTaken):
        make_segment(APRIL, name="三月")
    with pytest.raises(e.NotFound):
        segments.get(uuid.uuid4())
    with pytest.raises(e.NotFound):
        segments.predicate(424242, 1)


def test_lists_by_key_and_by_use(db_session: Session, now: datetime) -> None:
    made = [make_segment(MARCH).segment for _ in range(3)]
    segments.archive(made[1].public_id, actor=SYSTEM, now=now)
    page = segments.list_segments(after=None, limit=2)
    rest = segments.list_segments(after=page.next_key, limit=2)
    assert [told.segment.id for told in (*page.items, *rest.items)] == [one.id for one in reversed(made)]
    used = segments.list_segments(after=None, limit=9, is_active=True)
    assert [told.segment.id for told in used.items] == [made[2].id, made[0].id]


def test_counts_and_samples_are_of_active_members_and_masked(db_session: Session, now: datetime) -> None:
    people = [make_counter_member(phone=f"1380013800{n}", nickname="王小明", birthday=(3, 1)) for n in range(4)]
    make_member(birthday=(4, 1))
    people[0].status = "erased"
    people[0].phone_index = people[0].phone_cipher = people[0].phone_masked = None
    db_session.flush()
    assert counted(MARCH, now) == 3
    compiled = segment_compiler.compile(MARCH)
    first = segment_looks.sample(compiled, now=now, dice=0)
    turned = segment_looks.sample(compiled, now=now, dice=people[2].id)
    assert [one.member_id for one in first] == [person.public_id for person in people[1:]]
    assert [one.member_id for one in turned] == [people[n].public_id for n in (2, 3, 1)]
    assert {(one.nickname, one.phone_masked) for one in first} == {
        ("王**", person.phone_masked) for person in people[1:]
    }
    assert len(segment_looks.sample(compiled, now=now)) == 3
    look, words = segment_looks.preview(MARCH, now=now)
    assert (look.members, len(look.sample), words.zh) == (3, 3, "生日月份：3")


def test_a_count_that_takes_too_long_is_refused_and_leaves_the_transaction_whole(
    db_session: Session, now: datetime
) -> None:
    make_member()
    slow = segment_compiler.Compiled("(SELECT pg_sleep(5) IS NOT NULL)")
    before = db_session.scalar(text("SHOW statement_timeout"))
    with pytest.raises(e.SegmentTooSlow) as refused:
        segment_looks.count(slow, now=now, patience_ms=50)
    assert refused.value.data == {"retry_after_seconds": 60}
    segment_looks.count(segment_compiler.EVERYONE, now=now)
    assert db_session.scalar(text("SHOW statement_timeout")) == before


def test_why_somebody_is_in_or_out(db_session: Session, now: datetime) -> None:
    inside, outside, gone = make_member(birthday=(3, 1)), make_member(), make_member(birthday=(3, 1))
    growth.add(inside.id, amount=50, source="a", now=now)
    gone.status = "erased"
    db_session.flush()
    rule = {"all": [MARCH, {"any": [{"is": "growth", "min": 50}, {"is": "has_phone"}]}, {"not": {"is": "has_phone"}}]}
    node = segments.rule_of(make_segment(rule).version)
    told = segment_looks.explain(node, member_public_id=inside.public_id, now=now)
    assert told.is_in
    assert [(line.depth, line.how, line.holds) for line in told.lines] == [
        (0, "all", True),
        (1, None, True),
        (1, "any", True),
        (2, None, True),
        (2, None, False),
        (1, "not", True),
        (2, None, False),
    ]
    assert told.lines[3].words.zh == "成长值 至少 50"
    told = segment_looks.explain(node, member_public_id=outside.public_id, now=now)
    assert (told.is_in, [line.holds for line in told.lines]) == (
        False,
        [False, False, False, False, False, True, False],
    )
    told = segment_looks.explain(node, member_public_id=gone.public_id, now=now)
    assert (told.is_in, told.is_active, told.lines[1].holds) == (False, False, True)
    with pytest.raises(e.NotFound):
        segment_looks.explain(node, member_public_id=uuid.uuid4(), now=now)


def test_the_tick_counts_what_is_in_use_once_an_hour(
    db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_member(birthday=(3, 1))
    made, archived = make_segment(MARCH).segment, make_segment(APRIL).segment
    segments.archive(archived.public_id, actor=SYSTEM, now=now)
    assert [refresh_segments(now=now) for _ in range(2)] == [
        {"counted": 1, "too_slow": 0},
        {"counted": 0, "too_slow": 0},
    ]
    db_session.refresh(made)
    assert (made.member_count, made.counted_at) == (1, now)
    assert db_session.get_one(Segment, archived.id).member_count is None
    make_member(birthday=(3, 1))
    later = now + timedelta(hours=1)
    assert refresh_segments(now=later) == {"counted": 1, "too_slow": 0}
    db_session.refresh(made)
    assert made.member_count == 2

    def tire(*args: Any, **kwargs: Any) -> int:
        raise e.SegmentTooSlow(retry_after_seconds=1)

    monkeypatch.setattr(segment_looks, "count", tire)
    assert refresh_segments(now=later + timedelta(hours=1)) == {"counted": 0, "too_slow": 1}
    db_session.refresh(made)
    assert (made.member_count, made.counted_at) == (2, later)


def test_what_a_stored_rule_says_cannot_be_rewritten(db_session: Session, now: datetime) -> None:
    made = make_segment({"is": "lifecycle", "any_of": ["at_risk"]})
    member = make_member()
    make_purchase(member, now=now - timedelta(days=80))
    figures.count([member.id], now=now)
    assert segment_looks.count(segments.predicate(made.segment.id, 1), now=now) == 1
    assert db_session.get_one(SegmentVersion, (made.segment.id, 1)).rule["v"] == 1
