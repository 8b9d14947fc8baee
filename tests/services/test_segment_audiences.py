"""Segments as audiences: a batch's list follows one, day after day; an issue run goes through one in ranges."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import Coupon, CouponBatch, Member, MemberList, SegmentList
from app.services import coupon_offers, coupons, issue_run_work, issue_runs, member_lists, merges, segments, tags
from app.services.issue_audiences import Audience
from app.services.segments import Told
from jobs import fill_segment_lists as job
from jobs.fill_segment_lists import fill_segment_lists
from tests.factories.coupons import make_batch
from tests.factories.issue_runs import issue_batch, lines_of, make_list, make_run, marketer, work
from tests.factories.members import make_member
from tests.factories.segments import make_segment

SYSTEM = Actor.system()
NOTHING = {"come": 0, "gone": 0}


def tagged(people: list[Member], now: datetime, *, name: str = "VIP") -> Told:
    """A segment of whoever carries a tag."""
    tag = tags.create(name, actor=SYSTEM, now=now)
    tags.add(tag.public_id, lines_of(people), actor=SYSTEM, now=now)
    return make_segment({"is": "tag", "any_of": [name]})


def entries(batch: CouponBatch, db_session: Session) -> list[int]:
    row = db_session.get_one(MemberList, batch.member_list_id)
    return [member.id for member in member_lists.list_entries(row, after=None, limit=100).items]


def test_a_batch_for_a_segment_is_claimed_by_its_members(db_session: Session, now: datetime) -> None:
    inside, outside = make_member(), make_member()
    segment = tagged([inside], now)
    batch = make_batch(segment_public_id=segment.segment.public_id)
    with pytest.raises(e.AudienceMismatch):
        coupons.claim(inside.id, batch_public_id=batch.public_id, now=now)
    assert [fill_segment_lists(now=now) for _ in range(2)] == [{"come": 1, "gone": 0}, NOTHING]
    assert coupons.claim(inside.id, batch_public_id=batch.public_id, now=now).is_new
    with pytest.raises(e.AudienceMismatch):
        coupons.claim(outside.id, batch_public_id=batch.public_id, now=now)
    assert len(coupon_offers.list_offers(outside.id, after=None, limit=9, now=now).items) == 0
    # What it was printed for is the version of then.
    segments.revise(segment.segment.public_id, rule={"is": "has_phone"}, actor=SYSTEM, now=now)
    segments.archive(segment.segment.public_id, actor=SYSTEM, now=now)
    assert fill_segment_lists(now=now + timedelta(days=1)) == NOTHING
    assert entries(batch, db_session) == [inside.id]


def test_the_list_is_set_right_every_day_while_the_window_is_open(
    db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "CHUNK", 2)
    people = [make_member() for _ in range(5)]
    segment = tagged(people[:3], now)
    batch = make_batch(segment_public_id=segment.segment.public_id, ends_at=now + timedelta(hours=40))
    assert fill_segment_lists(now=now) == {"come": 3, "gone": 0}
    tag = tags.list_tags(after=None, limit=1).items[0].tag
    tags.remove(tag.public_id, lines_of(people[:1]), actor=SYSTEM, now=now)
    tags.add(tag.public_id, lines_of(people[3:]), actor=SYSTEM, now=now)
    people[1].status = "erased"
    db_session.flush()
    assert fill_segment_lists(now=now + timedelta(hours=13)) == NOTHING
    # Midnight in Shanghai.
    assert fill_segment_lists(now=now + timedelta(hours=14)) == {"come": 2, "gone": 2}
    assert entries(batch, db_session) == [people[n].id for n in (2, 3, 4)]
    assert fill_segment_lists(now=now + timedelta(hours=38)) == NOTHING
    row = db_session.scalars(select(SegmentList).execution_options(populate_existing=True)).one()
    assert (row.due_at, row.completed_at) == (None, now + timedelta(hours=38))


def test_a_round_stopped_anywhere_goes_on(db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "CHUNK", 2)
    monkeypatch.setattr(job, "MAX_CHUNKS", 1)
    people = [make_member() for _ in range(5)]
    make_batch(segment_public_id=tagged(people, now).segment.public_id)
    assert [fill_segment_lists(now=now)["come"] for _ in range(4)] == [2, 2, 1, 0]


def test_nobody_changes_such_a_list_by_hand(db_session: Session, now: datetime) -> None:
    member = make_member()
    segment = tagged([member], now)
    batch = make_batch(segment_public_id=segment.segment.public_id)
    row = db_session.get_one(MemberList, batch.member_list_id)
    assert member_lists.tell(row).segment_public_id == segment.segment.public_id
    assert member_lists.tell(make_list([member])).segment_public_id is None
    for change in (member_lists.add, member_lists.remove):
        with pytest.raises(e.MemberListFollows):
            change(row.public_id, lines_of([member]), actor=SYSTEM, now=now)
    with pytest.raises(e.InvalidInput):
        make_batch(segment_public_id=segment.segment.public_id, member_list_public_id=make_list([member]).public_id)
    segments.archive(segment.segment.public_id, actor=SYSTEM, now=now)
    with pytest.raises(e.SegmentArchived):
        make_batch(segment_public_id=segment.segment.public_id)


def run_over(segment: Told, **changes: Any) -> Any:
    batch = changes.pop("batch", None) or issue_batch(stock=1000)
    return issue_runs.create(
        batch.public_id,
        Audience(kind="segment", segment_public_id=segment.segment.public_id),
        is_partial=False,
        note="老顾客",
        actor=marketer(),
        now=changes["now"],
    )


def test_a_run_goes_through_a_segment_in_ranges(
    db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue_run_work, "RANGE_IDS", 2)
    people = [make_member() for _ in range(9)]
    segment = tagged([people[n] for n in (0, 4, 5, 8)], now)
    batch = issue_batch(stock=1000)
    audience = Audience(kind="segment", segment_public_id=segment.segment.public_id)
    found = issue_runs.preview(batch, audience, actor=marketer(), now=now)
    assert (found.members, found.would_get, found.skipped) == (4, 4, {})
    run = run_over(segment, batch=batch, now=now)
    # Of the version of then, whatever it becomes.
    segments.revise(segment.segment.public_id, rule={"is": "has_phone"}, actor=SYSTEM, now=now)
    done = work(run, now=now, limit=2)
    assert (done.state, done.given, done.total, done.segment_version) == ("done", 4, 4, 1)
    holders = db_session.scalars(select(Coupon.member_id).order_by(Coupon.member_id)).all()
    assert holders == [people[n].id for n in (0, 4, 5, 8)]
    told = issue_runs.tell(run.public_id)
    assert told.segment is not None and told.segment.id == segment.segment.id


def test_a_run_names_a_segment_for_this_audience_and_no_other(db_session: Session, now: datetime) -> None:
    segment = tagged([make_member()], now)
    batch = issue_batch(stock=10)
    for kind, public_id in (("segment", None), ("everyone", segment.segment.public_id)):
        with pytest.raises(e.InvalidInput):
            issue_runs.preview(batch, Audience(kind=kind, segment_public_id=public_id), actor=marketer(), now=now)
    segments.archive(segment.segment.public_id, actor=SYSTEM, now=now)
    with pytest.raises(e.SegmentArchived):
        run_over(segment, now=now)


def test_a_merge_takes_the_place_on_the_list_along(db_session: Session, now: datetime) -> None:
    kept, merged = make_member(), make_member()
    segment = tagged([merged], now)
    batch = make_batch(segment_public_id=segment.segment.public_id)
    fill_segment_lists(now=now)
    merges.lock_accounts(kept.id, merged.id)
    merges.lock_members(kept.id, merged.id)
    merges.merge(kept, merged, phone=None, reason="phone", actor=SYSTEM, now=now)
    assert entries(batch, db_session) == [kept.id]
    # The tag came along, so the next round finds it right.
    assert fill_segment_lists(now=now + timedelta(days=1)) == NOTHING


def test_runs_over_others_are_as_they_were(db_session: Session, now: datetime) -> None:
    make_member()
    assert work(make_run(), now=now).given == 1
