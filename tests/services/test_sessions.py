"""Tokens: good until they expire or are revoked, and only while the person behind them may still act."""

from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import Staff, StaffStore, Store
from app.services import sessions, staff
from tests.conftest import NOON
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

TOKEN = b"h" * 32
HOURS = timedelta(hours=12)


def open_at_counter() -> tuple[Staff, Store]:
    store = make_store()
    person = make_staff("clerk", at=[store])
    sessions.open_for_staff(person.id, store_id=store.id, token_hash=TOKEN, lifetime=HOURS, now=NOON)
    return person, store


def test_a_members_token_ends_at_its_instant(db_session: Session) -> None:
    member = make_member()
    sessions.open_for_member(member.id, openid="o", token_hash=TOKEN, lifetime=HOURS, now=NOON)
    db_session.flush()
    last = sessions.find_member_session(TOKEN, now=NOON + HOURS - timedelta(microseconds=1))
    assert last is not None
    assert (last.id, last.public_id, last.openid) == (member.id, member.public_id, "o")
    assert sessions.find_member_session(TOKEN, now=NOON + HOURS) is None
    sessions.revoke_member_session(last.session_id, now=NOON)
    assert sessions.find_member_session(TOKEN, now=NOON) is None
    assert sessions.find_member_session(b"x" * 32, now=NOON) is None


def test_a_role_change_acts_on_the_next_request(db_session: Session) -> None:
    person, store = open_at_counter()
    before = sessions.find_staff_session(TOKEN, now=NOON)
    assert before is not None
    assert (before.role, before.store_id) == ("clerk", store.id)
    staff.change(person.public_id, {"role": "manager"}, actor=Actor.system(), now=NOON)
    after = sessions.find_staff_session(TOKEN, now=NOON)
    assert after is not None
    assert after.role == "manager"


@pytest.mark.parametrize(
    "how", ["disabled", "disabled_in_the_table", "store_left", "store_closed", "signed_out", "password"]
)
def test_a_staff_token_ends_at_once(db_session: Session, how: str) -> None:
    person, store = open_at_counter()
    assert sessions.find_staff_session(TOKEN, now=NOON) is not None
    if how == "disabled":
        staff.change(person.public_id, {"is_active": False}, actor=Actor.system(), now=NOON)
    elif how == "disabled_in_the_table":
        person.is_active = False
    elif how == "store_left":
        db_session.execute(delete(StaffStore).where(StaffStore.staff_id == person.id))
    elif how == "store_closed":
        store.is_active = False
    elif how == "password":
        staff.change(person.public_id, {}, password_hash="another", actor=Actor.system(), now=NOON)
    else:
        sessions.revoke_all_of_staff(person.id, now=NOON)
    db_session.flush()
    assert sessions.find_staff_session(TOKEN, now=NOON) is None


def test_each_look_up_is_one_statement(db_session: Session, count_queries) -> None:  # type: ignore[no-untyped-def]
    db_session.connection()  # the fixture's savepoint is a statement, too
    before = count_queries()
    sessions.find_member_session(TOKEN, now=NOON)
    sessions.find_staff_session(TOKEN, now=NOON)
    assert count_queries() - before == 2
