"""People of the shop: sign-in, stores, and that somebody can always let people in."""

from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import LastAdmin, NotAllowed, NotFound, SignInRefused
from app.models import AuditEntry, Staff
from app.services import passwords, staff
from tests.conftest import NOON
from tests.factories.staff import PASSWORD, make_staff, make_store


def change(person: Staff, **changes: Any) -> None:
    staff.change(person.public_id, changes, actor=Actor.system(), now=NOON)


def test_only_the_right_password_of_an_active_person_signs_in(db_session: Session) -> None:
    person = make_staff("clerk", login="lee")
    assert staff.authenticate("lee", PASSWORD) is person
    for login, password in (("lee", PASSWORD + " "), ("lee", ""), ("nobody", PASSWORD), ("lee", "\ud800")):
        with pytest.raises(SignInRefused) as refused:
            staff.authenticate(login, password)
        assert refused.value.data == {}
    change(person, is_active=False)
    with pytest.raises(SignInRefused):
        staff.authenticate("lee", PASSWORD)


def test_an_unknown_login_costs_the_same_work(db_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    class Counting:
        def verify(self, stored: str, password: bytes) -> bool:
            checked.append(stored)
            return PasswordHasher().verify(stored, password)

    passwords.is_match("warm", None)
    monkeypatch.setattr(passwords, "_hasher", Counting())
    make_staff("clerk", login="lee")
    for login in ("lee", "nobody"):
        with pytest.raises(SignInRefused):
            staff.authenticate(login, "wrong")
    assert [stored.split("$")[1:4] for stored in checked] == [["argon2id", "v=19", "m=65536,t=3,p=4"]] * 2


def test_a_counter_is_a_store_one_belongs_to(db_session: Session) -> None:
    mine, other = make_store(code="A1"), make_store(code="B1")
    clerk, marketer = make_staff("clerk", at=[mine]), make_staff("marketer", at=[mine])
    assert staff.counter_for(clerk, "A1") is mine
    for person, code in ((clerk, "B1"), (clerk, "C1"), (marketer, "A1")):
        with pytest.raises(NotAllowed):
            staff.counter_for(person, code)
    mine.is_active = False
    db_session.flush()
    with pytest.raises(NotAllowed):
        staff.counter_for(clerk, "A1")
    assert other.is_active


def test_the_console_is_not_for_clerks(db_session: Session) -> None:
    with pytest.raises(NotAllowed):
        staff.require_console(make_staff("clerk"))
    for role in ("manager", "marketer", "auditor", "admin"):
        staff.require_console(make_staff(role))


def test_the_last_admin_stays(db_session: Session) -> None:
    first = make_staff("admin")
    for changes in ({"is_active": False}, {"role": "marketer"}):
        with pytest.raises(LastAdmin):
            change(first, **changes)
    second = make_staff("admin")
    change(first, role="marketer")
    with pytest.raises(LastAdmin):
        change(second, is_active=False)
    change(second, display_name="老板")
    assert second.role == "admin"


def test_changes_are_audited_without_the_password(db_session: Session) -> None:
    store = make_store(code="A1")
    person = make_staff("clerk", login="lee")
    staff.change(
        person.public_id,
        {"role": "manager"},
        store_ids=[store.public_id],
        password_hash="$argon2id$secret",
        actor=Actor(kind="staff", id=7),
        now=NOON,
    )
    entry = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.change")).one()
    assert entry.details == {
        "login": "lee",
        "before": {"role": "clerk"},
        "after": {"role": "manager"},
        "password": True,
        "stores": ["A1"],
    }
    assert [s.code for s in staff.list_stores_of(person.id)] == ["A1"]


def test_an_unknown_store_is_refused(db_session: Session) -> None:
    person = make_staff("clerk")
    with pytest.raises(NotFound):
        staff.change(person.public_id, {}, store_ids=[person.public_id], actor=Actor.system(), now=NOON)
