"""A copy to everybody meant: each member one turn, never above stock, budget or limits, and every reason counted."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.extensions import db
from app.models import AuditEntry, Coupon, CouponBatch, IssueRun, Member
from app.services import (
    coupon_batch_figures,
    coupon_batches,
    coupons,
    growth,
    issue_run_work,
    issue_runs,
    member_lists,
    merges,
)
from app.services.issue_audiences import Audience
from app.statements.verify import QUERIES
from tests.conftest import NOON
from tests.factories.coupons import make_batch, make_template
from tests.factories.issue_runs import issue_batch, lines_of, make_list, make_run, marketer, work
from tests.factories.members import make_member
from tests.factories.staff import make_staff

EVERYONE = Audience(kind="everyone")


def holders(session: Session, batch: CouponBatch) -> Counter[int]:
    return Counter(session.scalars(select(Coupon.member_id).where(Coupon.batch_id == batch.id)))


def assert_whole(batch: CouponBatch) -> None:
    broken = {name: db.session.execute(query).all() for name, query in QUERIES.items()}
    assert {name: rows for name, rows in broken.items() if rows} == {}
    assert coupon_batch_figures.tell(batch).issued <= batch.stock


def crowd(number: int) -> list[Member]:
    return [make_member() for _ in range(number)]


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_everybody_gets_one_whatever_the_chunk(db_session: Session, now: datetime, limit: int) -> None:
    people, batch = crowd(7), issue_batch(stock=64)
    run = work(make_run(batch), limit=limit)
    assert (run.state, run.given, run.skipped, run.total) == ("done", 7, {}, 7)
    assert holders(db_session, batch) == Counter(person.id for person in people)
    assert {coupon.issue_run_id for coupon in db_session.scalars(select(Coupon))} == {run.id}
    audited = select(AuditEntry.action).where(AuditEntry.object_kind == "issue_run").order_by(AuditEntry.id)
    actions = db_session.scalars(audited).all()
    assert actions == ["issue_run.create", "issue_run.finish"]
    assert_whole(batch)


def test_a_copy_is_the_same_as_one_given_singly(db_session: Session, now: datetime) -> None:
    person, batch = make_member(), issue_batch(stock=10, per_member_limit=2, per_day_limit=2, terms={"life_limit": 2})
    coupons.issue(person.id, batch_id=batch.id, source="by hand", now=now, actor=Actor.system())
    work(make_run(batch))
    first, second = db_session.scalars(select(Coupon).order_by(Coupon.id))
    told = ("slot", "day_slot", "life_slot", "source", "id", "public_id", "issue_run_id", "bucket_no")
    same = {column.key: getattr(first, column.key) for column in Coupon.__table__.columns if column.key not in told}
    assert same == {key: getattr(second, key) for key in same}
    assert [(one.slot, one.day_slot, one.life_slot) for one in (first, second)] == [(1, 1, 1), (2, 2, 2)]


def test_tiers_and_lists_are_the_audience(db_session: Session, now: datetime) -> None:
    gold, *others = crowd(4)
    growth.add(gold.id, amount=2000, source="t", now=now)
    batch = issue_batch(stock=10)
    assert work(make_run(batch, audience="tiers", tiers=["gold", "diamond"])).given == 1
    assert holders(db_session, batch) == Counter([gold.id])
    listed = issue_batch(stock=10)
    run = work(make_run(listed, audience="member_list", members=make_list(others[:2])), limit=1)
    assert (run.state, run.given, run.total) == ("done", 2, 2)
    assert holders(db_session, listed) == Counter(person.id for person in others[:2])


REASONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("limit", {"per_member_limit": 1}, {}),
    ("day_limit", {"per_member_limit": 5, "per_day_limit": 1}, {}),
    ("life_limit", {"per_member_limit": 5}, {"life_limit": 1}),
]


@pytest.mark.parametrize(("reason", "options", "terms"), REASONS, ids=lambda value: value if type(value) is str else "")
def test_who_has_enough_is_skipped(
    db_session: Session, now: datetime, reason: str, options: dict[str, Any], terms: dict[str, Any]
) -> None:
    (sated, hungry), batch = crowd(2), issue_batch(stock=10, terms=terms, **options)
    coupons.issue(sated.id, batch_id=batch.id, source="before", now=now, actor=Actor.system())
    preview = issue_runs.preview(batch, EVERYONE, actor=marketer(), now=now)
    assert (preview.members, preview.would_get, preview.skipped) == (2, 1, {reason: 1})
    run = work(make_run(batch))
    assert (run.given, run.skipped) == (1, {reason: 1})
    assert holders(db_session, batch) == Counter([sated.id, hungry.id])


def test_tier_list_and_own_membership_are_reasons_too(db_session: Session, now: datetime) -> None:
    own, gold, listed, other = crowd(4)
    growth.add(gold.id, amount=2000, source="t", now=now)
    person = make_staff("marketer", member_id=own.id)
    batch = issue_batch(stock=10, min_tier_rank=1)
    giver = Actor(kind="staff", id=person.id, role="marketer")
    run = work(make_run(batch, actor=giver))
    assert (run.given, run.skipped) == (1, {"own_membership": 1, "tier": 2})
    named = issue_batch(stock=10, member_list_public_id=make_list([listed]).public_id)
    run = work(make_run(named))
    assert (run.given, run.skipped) == (1, {"not_listed": 3})
    assert holders(db_session, named) == Counter([listed.id])
    assert other.id not in holders(db_session, batch)


@pytest.mark.parametrize(
    ("options", "reason"), [({"stock": 3}, "stock"), ({"stock": 9, "budget_fen": 3500}, "budget")], ids=str
)
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_what_is_not_covered_is_refused_or_given_in_part(
    db_session: Session, now: datetime, options: dict[str, Any], reason: str, limit: int
) -> None:
    people, batch = crowd(5), issue_batch(**options)
    with pytest.raises(e.IssueRunNotCovered) as refused:
        make_run(batch)
    assert refused.value.data["members"] == 5
    run = work(make_run(batch, is_partial=True), limit=limit)
    assert (run.state, run.given, run.skipped) == ("done", 3, {reason: 2})
    assert holders(db_session, batch) == Counter(person.id for person in people[:3])
    assert_whole(batch)


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_stock_gone_meanwhile_pauses_and_a_top_up_goes_on_exactly(
    db_session: Session, now: datetime, limit: int
) -> None:
    people, batch = crowd(6), issue_batch(stock=100_000)
    assert batch.buckets > 1
    run = make_run(batch)
    coupon_batches.change(batch.public_id, stock=4, budget_fen=4000, actor=Actor.system(), now=now)
    work(run, limit=limit)
    assert (run.state, run.pause_reason, run.given, run.after_id) == ("paused", "stock", 4, people[4].id - 1)
    coupon_batches.change(batch.public_id, stock=6, budget_fen=5000, actor=Actor.system(), now=now)
    issue_runs.resume(run.public_id, actor=marketer(), now=now)
    work(run, limit=limit)
    assert (run.state, run.pause_reason, run.given) == ("paused", "budget", 5)
    coupon_batches.change(batch.public_id, budget_fen=6000, actor=Actor.system(), now=now)
    issue_runs.resume(run.public_id, actor=marketer(), now=now)
    work(run, limit=limit)
    assert (run.state, run.given, run.skipped) == ("done", 6, {})
    assert holders(db_session, batch) == Counter(person.id for person in people)
    assert_whole(batch)


def test_nobody_is_counted_before_their_turn(db_session: Session, now: datetime) -> None:
    people, batch = crowd(3), issue_batch(stock=10)
    coupons.issue(people[2].id, batch_id=batch.id, source="before", now=now, actor=Actor.system())
    run = make_run(batch)
    coupon_batches.change(batch.public_id, stock=2, actor=Actor.system(), now=now)
    work(run)
    # The second goes without, so the third, who has one already, has not been asked yet.
    assert (run.state, run.given, run.skipped) == ("paused", 1, {})
    coupon_batches.change(batch.public_id, stock=3, actor=Actor.system(), now=now)
    issue_runs.resume(run.public_id, actor=marketer(), now=now)
    work(run)
    assert (run.state, run.given, run.skipped) == ("done", 2, {"limit": 1})


@pytest.mark.parametrize("how", ["paused", "closed", "over"])
@pytest.mark.parametrize("is_partial", [True, False])
def test_a_batch_that_shut_pauses_the_run_and_nobody_loses_their_turn(
    db_session: Session, now: datetime, how: str, is_partial: bool
) -> None:
    crowd(3)
    batch = issue_batch(stock=10)
    run = make_run(batch, is_partial=is_partial)
    issue_run_work.advance(run.id, now=now, limit=1)
    at = now
    if how == "over":
        at = now + timedelta(days=30)
    else:
        coupon_batches.change(batch.public_id, status=how, actor=Actor.system(), now=now)
    work(run, now=at)
    assert (run.state, run.pause_reason, run.given, run.skipped) == ("paused", "batch_not_open", 1, {})
    assert sum(holders(db_session, batch).values()) == 1


def test_pause_resume_cancel(db_session: Session, now: datetime) -> None:
    people, batch, actor = crowd(3), issue_batch(stock=10), marketer()
    run = make_run(batch)
    issue_run_work.advance(run.id, now=now, limit=1)
    issue_runs.pause(run.public_id, actor=actor, now=now)
    assert issue_run_work.advance(run.id, now=now, limit=1) == issue_run_work.Chunk()
    with pytest.raises(e.IssueRunStateConflict):
        issue_runs.pause(run.public_id, actor=actor, now=now)
    issue_runs.resume(run.public_id, actor=actor, now=now)
    issue_run_work.advance(run.id, now=now, limit=1)
    issue_runs.cancel(run.public_id, actor=actor, now=now)
    for verb in (issue_runs.cancel, issue_runs.resume, issue_runs.pause):
        with pytest.raises(e.IssueRunStateConflict):
            verb(run.public_id, actor=actor, now=now)
    assert (work(run).state, run.given) == ("cancelled", 2)
    assert holders(db_session, batch) == Counter(person.id for person in people[:2])


def test_only_members_of_the_beginning_and_active_ones(db_session: Session, now: datetime) -> None:
    first, gone, stays = crowd(3)
    run = make_run(batch := issue_batch(stock=10))
    late = make_member()
    merge(first, gone)
    assert work(run).given == 2
    assert holders(db_session, batch) == Counter([first.id, stays.id])
    assert late.id not in holders(db_session, batch)


def merge(kept: Member, merged: Member) -> None:
    merges.lock_accounts(kept.id, merged.id)
    found = merges.lock_members(kept.id, merged.id)
    merges.merge(found[kept.id], found[merged.id], phone=None, reason="test", actor=Actor.system(), now=NOON)


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_a_merge_on_the_way_neither_doubles_nor_loses_anybody(db_session: Session, now: datetime, chunks: int) -> None:
    kept, other, merged = crowd(3)
    members = make_list([other, merged])
    run = make_run(batch := issue_batch(stock=10, per_member_limit=5), audience="member_list", members=members)
    for _ in range(chunks):
        issue_run_work.advance(run.id, now=now, limit=1)
    merge(kept, merged)
    assert [member.id for member in member_lists.list_entries(members, after=None, limit=9).items] == [
        kept.id,
        other.id,
    ]
    assert work(run, limit=1).given == 2
    assert run.skipped == {}
    assert holders(db_session, batch) == Counter([kept.id, other.id])


def test_a_merge_after_both_had_theirs_leaves_both(db_session: Session, now: datetime) -> None:
    kept, merged, last = crowd(3)
    run = make_run(batch := issue_batch(stock=10), audience="member_list", members=make_list([kept, merged, last]))
    for _ in range(2):
        issue_run_work.advance(run.id, now=now, limit=1)
    merge(kept, merged)
    assert work(run).given == 3
    assert holders(db_session, batch) == Counter([kept.id, kept.id, last.id])


@pytest.mark.parametrize(
    "audience",
    [Audience(kind="everyone", tiers=["gold"]), Audience(kind="tiers"), Audience(kind="member_list")],
    ids=lambda audience: audience.kind,
)
def test_an_audience_is_said_whole(db_session: Session, now: datetime, audience: Audience) -> None:
    with pytest.raises(e.InvalidInput):
        issue_runs.create(issue_batch().public_id, audience, is_partial=False, note="x", actor=marketer(), now=now)
    with pytest.raises(e.NotFound):
        issue_runs.preview(issue_batch(), Audience(kind="tiers", tiers=["no"]), actor=marketer(), now=now)


@pytest.mark.parametrize("how", ["claim", "birthday", "code"])
def test_only_batches_for_issuing(db_session: Session, now: datetime, how: str) -> None:
    with pytest.raises(e.BatchNotOpen):
        make_run(make_batch(make_template(), how=how))


def test_a_repeat_of_a_chunk_finds_the_cursor_moved(db_session: Session, now: datetime) -> None:
    people, batch = crowd(3), issue_batch(stock=10)
    run = make_run(batch)
    work(run)
    db_session.get_one(IssueRun, run.id).state = "running"
    run.finished_at, run.after_id = None, 0
    db_session.flush()
    # Even a cursor set back by hand gives nobody a second copy.
    work(run)
    assert holders(db_session, batch) == Counter(person.id for person in people)
    assert run.skipped == {"already_given": 3}


def test_lists_stand_still_while_a_run_goes_through(db_session: Session, now: datetime) -> None:
    people = crowd(3)
    members = make_list(people[:2])
    run = make_run(issue_batch(stock=10), audience="member_list", members=members)
    for change in (member_lists.add, member_lists.remove):
        with pytest.raises(e.MemberListInUse):
            change(members.public_id, lines_of(people), actor=marketer(), now=now)
    work(run)
    assert member_lists.add(members.public_id, lines_of(people), actor=marketer(), now=now).changed == 1
