"""The counter visit: a code's step is consumed once, the visit is used once."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import MemberCodeUsed, NotFound, SelfService, VisitEnded
from app.models import Member
from app.plain_statements import fetch_each
from app.services import merges, points, visits
from app.services.clerks import Clerk
from tests.conftest import NOON
from tests.factories.members import make_counter_member, make_member
from tests.factories.staff import make_staff, make_store


def at_counter() -> Clerk:
    store = make_store()
    return Clerk(make_staff("clerk", at=[store]).id, store.id)


def find_holder(number: str, *, staff: Clerk) -> visits.CodeHolder | None:
    return visits.holder_of(fetch_each(visits.holder_look(number, staff=staff))[0])


def opened(member: Member, clerk: Clerk, step: int = 1) -> visits.OpenedVisit:
    return visits.open_visit(member.id, code_step=step, staff=clerk, now=NOON)


def test_the_same_clerk_gets_the_same_visit_and_nobody_else_any(db_session: Session) -> None:
    member, clerk, other = make_member(), at_counter(), at_counter()
    first, again = opened(member, clerk), opened(member, clerk)
    assert (first.is_new, again.is_new, again.public_id) == (True, False, first.public_id)
    assert first.expires_at == NOON + timedelta(minutes=10)
    with pytest.raises(MemberCodeUsed):
        opened(member, other)
    # The same person at another counter is somebody else here.
    with pytest.raises(MemberCodeUsed):
        opened(member, Clerk(clerk.id, other.store_id))
    assert opened(member, clerk, step=2).public_id != first.public_id


def test_a_visit_is_used_once_and_its_code_is_spent(db_session: Session) -> None:
    member, clerk = make_member(), at_counter()
    visit = opened(member, clerk)
    used = visits.use(visit.public_id, staff=clerk, now=NOON)
    assert (used.id, used.member_id, used.store_id, used.staff_id) == (visit.id, member.id, clerk.store_id, clerk.id)
    with pytest.raises(VisitEnded):
        visits.use(visit.public_id, staff=clerk, now=NOON)
    with pytest.raises(MemberCodeUsed):
        opened(member, clerk)


def test_a_visit_ends_after_ten_minutes(db_session: Session) -> None:
    clerk = at_counter()
    visit = opened(make_member(), clerk)
    with pytest.raises(VisitEnded):
        visits.use(visit.public_id, staff=clerk, now=visit.expires_at)


def test_another_clerks_visit_does_not_exist(db_session: Session) -> None:
    clerk, other = at_counter(), at_counter()
    visit = opened(make_member(), clerk)
    for stranger in (other, Clerk(clerk.id, other.store_id), Clerk(other.id, clerk.store_id)):
        with pytest.raises(NotFound):
            visits.use(visit.public_id, staff=stranger, now=NOON)


def test_nobody_serves_themselves_also_not_after_a_merge(db_session: Session) -> None:
    mine, other = make_member(), make_member()
    store = make_store()
    clerk = Clerk(make_staff("clerk", at=[store], member_id=mine.id).id, store.id)
    with pytest.raises(SelfService):
        find_holder(mine.code_number, staff=clerk)
    assert find_holder(other.code_number, staff=clerk) is not None
    assert find_holder("no-number", staff=clerk) is None
    older = other
    merges.lock_accounts(mine.id, older.id)
    kept = merges.merge(mine, older, phone=None, reason="phone", actor=Actor.system(), now=NOON)
    assert find_holder(mine.code_number if kept is other else other.code_number, staff=clerk) is None
    with pytest.raises(SelfService):
        find_holder(kept.code_number, staff=clerk)


def test_a_visit_opened_before_a_merge_serves_the_one_who_stays(db_session: Session) -> None:
    older, newer, clerk = make_counter_member(), make_member(), at_counter()
    moved, left = opened(newer, clerk, step=1), opened(newer, clerk, step=2)
    opened(older, clerk, step=2)
    merges.lock_accounts(older.id, newer.id)
    merges.merge(older, newer, phone=None, reason="phone", actor=Actor.system(), now=NOON)
    for visit in (moved, left):
        assert visits.use(visit.public_id, staff=clerk, now=NOON).member_id == older.id


def test_the_card_is_masked_and_shows_what_can_be_spent(db_session: Session) -> None:
    member = make_member(phone="13800138000", birthday=(11, 20))
    points.earn(member.id, amount=30, source="t", now=NOON)
    card = visits.card(member.id, now=NOON)
    assert (card.nickname, card.phone_masked, card.points, card.tier_code) == ("小雨", "138****8000", 30, "basic")
    assert card.is_birthday
    later = visits.card(member.id, now=NOON + timedelta(days=800))
    assert (later.points, later.is_birthday) == (0, False)
