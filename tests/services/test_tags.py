"""Tags: on members once, by id or phone, and with them when they are merged."""

import uuid
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import AuditEntry, Member, MemberFigure, MemberTag, Tag
from app.services import figures, member_lists, merges, tags
from tests.factories.issue_runs import lines_of
from tests.factories.members import make_counter_member, make_member, seal

SYSTEM = Actor.system()


def carriers(tag: Tag) -> list[int]:
    return [member.id for member in tags.list_members(tag, after=None, limit=100).items]


def test_one_and_many_a_repeat_tags_nobody_again(db_session: Session, now: datetime) -> None:
    tag = tags.create("VIP", actor=SYSTEM, now=now)
    by_id, by_phone = make_member(), make_counter_member(phone="13800138000")
    lines: dict[int, uuid.UUID | bytes] = {1: by_id.public_id, 2: uuid.uuid4(), 3: seal("13800138000").index}
    assert tags.add(tag.public_id, lines, actor=SYSTEM, now=now) == member_lists.Changed(2, 0, [2])
    assert tags.add(tag.public_id, lines, actor=SYSTEM, now=now) == member_lists.Changed(0, 2, [2])
    assert tags.add(tag.public_id, {1: uuid.uuid4()}, actor=SYSTEM, now=now) == member_lists.Changed(0, 0, [1])
    assert carriers(tag) == [by_id.id, by_phone.id]
    assert tags.tell(tag).members == 2
    assert [one.name for one in tags.of_member(by_id.public_id)] == ["VIP"]
    assert tags.remove(tag.public_id, {1: by_id.public_id}, actor=SYSTEM, now=now).changed == 1
    assert tags.remove(tag.public_id, {1: by_id.public_id}, actor=SYSTEM, now=now).changed == 0
    assert tags.of_member(by_id.public_id) == []
    details = db_session.scalars(
        select(AuditEntry.details).where(AuditEntry.object_kind == "tag").order_by(AuditEntry.id)
    ).all()
    # Counts only: whom it names is on the tag.
    assert details[:2] == [{"name": "VIP"}, {"added": 2, "lines": 3}]


def test_names_are_taken_once_and_lists_go_on_by_key(db_session: Session, now: datetime) -> None:
    made = [tags.create(name, actor=SYSTEM, now=now) for name in ("a", "b", "c")]
    with pytest.raises(e.NameTaken):
        tags.create("a", actor=SYSTEM, now=now)
    page = tags.list_tags(after=None, limit=2)
    rest = tags.list_tags(after=page.next_key, limit=2)
    assert [counted.tag.id for counted in (*page.items, *rest.items)] == [tag.id for tag in reversed(made)]
    people = [make_member() for _ in range(3)]
    tags.add(made[0].public_id, lines_of(people), actor=SYSTEM, now=now)
    first = tags.list_members(made[0], after=None, limit=2)
    then = tags.list_members(made[0], after=first.next_key, limit=2)
    assert [member.id for member in (*first.items, *then.items)] == [member.id for member in people]
    for refused in (lambda: tags.get(uuid.uuid4()), lambda: tags.of_member(uuid.uuid4())):
        with pytest.raises(e.NotFound):
            refused()


def merge(kept: Member, merged: Member, now: datetime) -> None:
    merges.lock_accounts(kept.id, merged.id)
    merges.lock_members(kept.id, merged.id)
    merges.merge(kept, merged, phone=None, reason="phone", actor=SYSTEM, now=now)


def test_tags_follow_a_merge_and_figures_of_who_is_gone_go(db_session: Session, now: datetime) -> None:
    kept, merged = make_member(), make_member()
    both, one = (tags.create(name, actor=SYSTEM, now=now) for name in ("both", "one"))
    tags.add(both.public_id, lines_of([kept, merged]), actor=SYSTEM, now=now)
    tags.add(one.public_id, lines_of([merged]), actor=SYSTEM, now=now)
    figures.count([kept.id, merged.id], now=now)
    merge(kept, merged, now)
    assert carriers(both) == carriers(one) == [kept.id]
    assert db_session.scalars(select(MemberTag.member_id).distinct()).all() == [kept.id]
    assert db_session.scalars(select(MemberFigure.member_id)).all() == [kept.id]
    # Who was merged away stands for the member who stays.
    third = tags.create("third", actor=SYSTEM, now=now)
    tags.add(third.public_id, lines_of([merged]), actor=SYSTEM, now=now)
    assert carriers(third) == [kept.id]
    audited = db_session.scalars(select(AuditEntry.details).where(AuditEntry.action == "member.merge")).one()
    assert audited["tags"] == 1
