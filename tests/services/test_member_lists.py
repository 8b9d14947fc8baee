"""Lists of members: by public id or phone, told by line, the same however often they are sent."""

import uuid
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import AuditEntry, Member, MemberList
from app.services import coupon_batch_figures, coupon_offers, coupons, member_lists, merges
from tests.conftest import NOON
from tests.factories.coupons import make_batch, make_template
from tests.factories.issue_runs import lines_of, make_list
from tests.factories.members import make_counter_member, make_member, seal

SYSTEM = Actor.system()
PHONE = "13800138000"


def entries(members: MemberList) -> list[int]:
    return [member.id for member in member_lists.list_entries(members, after=None, limit=100).items]


def test_ids_phones_and_lines_that_name_nobody(db_session: Session, now: datetime) -> None:
    by_id, by_phone = make_member(), make_counter_member(phone=PHONE)
    members = member_lists.create("老顾客", actor=SYSTEM, now=now)
    lines: dict[int, uuid.UUID | bytes] = {
        1: by_id.public_id,
        2: uuid.uuid4(),
        3: seal(PHONE).index,
        4: b"nobody's",
        7: by_id.public_id,
    }
    assert member_lists.add(members.public_id, lines, actor=SYSTEM, now=now) == member_lists.Changed(2, 1, [2, 4])
    assert member_lists.add(members.public_id, lines, actor=SYSTEM, now=now) == member_lists.Changed(0, 3, [2, 4])
    assert entries(members) == [by_id.id, by_phone.id]
    assert member_lists.tell(members).entries == 2
    assert member_lists.remove(members.public_id, {3: seal(PHONE).index}, actor=SYSTEM, now=now).changed == 1
    assert member_lists.remove(members.public_id, {3: seal(PHONE).index}, actor=SYSTEM, now=now).changed == 0
    assert entries(members) == [by_id.id]
    details = db_session.scalars(
        select(AuditEntry.details).where(AuditEntry.object_kind == "member_list").order_by(AuditEntry.id)
    ).all()
    # Counts only: whom a list names is on the list.
    assert details[1] == {"added": 2, "lines": 5}


def test_who_was_merged_away_stands_for_who_stays(db_session: Session, now: datetime) -> None:
    kept, merged, other = make_member(), make_member(), make_member()
    both, one = make_list([kept, merged]), make_list([merged, other])
    merge(kept, merged)
    assert (entries(both), entries(one)) == ([kept.id], [kept.id, other.id])
    fresh = make_list([merged])
    assert entries(fresh) == [kept.id]


def merge(kept: Member, merged: Member) -> None:
    merges.lock_accounts(kept.id, merged.id)
    found = merges.lock_members(kept.id, merged.id)
    merges.merge(found[kept.id], found[merged.id], phone=None, reason="test", actor=SYSTEM, now=NOON)


def test_a_list_has_a_name_of_its_own(db_session: Session, now: datetime) -> None:
    member_lists.create("老顾客", actor=SYSTEM, now=now)
    with pytest.raises(e.NameTaken):
        member_lists.create("老顾客", actor=SYSTEM, now=now)
    page = member_lists.list_lists(after=None, limit=1)
    assert [(one.members.name, one.entries) for one in page.items] == [("老顾客", 0)]
    with pytest.raises(e.NotFound):
        member_lists.add(uuid.uuid4(), {}, actor=SYSTEM, now=now)
    with pytest.raises(e.NotFound):
        member_lists.get_by_public_id(uuid.uuid4())


def test_a_batch_of_a_list_is_offered_and_given_to_its_members_alone(db_session: Session, now: datetime) -> None:
    listed, other = make_member(), make_member()
    members = make_list([listed])
    batch = make_batch(member_list_public_id=members.public_id)
    issued = make_batch(make_template(), how="issue", member_list_public_id=members.public_id)
    offered = [len(coupon_offers.list_offers(one.id, after=None, limit=9, now=now).items) for one in (listed, other)]
    assert offered == [1, 0]
    with pytest.raises(e.AudienceMismatch) as claimed:
        coupons.claim(other.id, batch_public_id=batch.public_id, now=now)
    with pytest.raises(e.AudienceMismatch) as given:
        coupons.issue(other.id, batch_id=issued.id, source="x", now=now, actor=SYSTEM)
    assert claimed.value.data == given.value.data == {"reason": "not_listed"}
    assert coupons.claim(listed.id, batch_public_id=batch.public_id, now=now).is_new
    assert coupons.issue(listed.id, batch_id=issued.id, source="x", now=now, actor=SYSTEM).is_new
    member_lists.add(members.public_id, lines_of([other]), actor=SYSTEM, now=now)
    assert coupons.claim(other.id, batch_public_id=batch.public_id, now=now).is_new
    assert coupon_batch_figures.tell(batch).issued == 2
