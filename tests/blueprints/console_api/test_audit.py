"""The auditor's list: what was changed, when, by whom, at which store; narrowed down, as a table, and sealed."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import AuditEntry
from app.services import audit, audit_seals
from tests.conftest import Clock
from tests.factories.counters import make_counter
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store, sign_in

AUDIT = "/api/console/v1/audit-entries"


def ask(client: FlaskClient, headers: dict[str, str], **query: Any) -> Any:
    answer = client.get(AUDIT, query_string=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json["data"]


def test_the_auditor_reads_who_changed_what(client: FlaskClient, now: datetime) -> None:
    owner = sign_in(make_staff("admin", display_name="老周"))
    auditor = sign_in(make_staff("auditor"))
    changed = client.patch("/api/console/v1/programme", json={"check_in_points": 7}, headers=owner)
    assert changed.status_code == 200
    newest = ask(client, auditor)[0]
    assert (newest["action"], newest["actor_kind"], newest["actor"]["display_name"]) == (
        "programme.update",
        "staff",
        "老周",
    )
    assert newest["details"] == {"before": {"check_in_points": 5}, "after": {"check_in_points": 7}}
    made = next(row for row in ask(client, auditor) if row["action"] == "staff.create")
    assert (made["actor_kind"], made["actor"]) == ("system", None)


def test_the_list_goes_on_where_it_stopped(client: FlaskClient, now: datetime) -> None:
    auditor = sign_in(make_staff("auditor"))
    make_staff("clerk")
    first = client.get(f"{AUDIT}?limit=1", headers=auditor).json
    rest = client.get(f"{AUDIT}?cursor={first['next_cursor']}", headers=auditor).json
    assert first["has_more"]
    assert first["data"][0]["id"] > rest["data"][0]["id"]


def test_narrowed_down(client: FlaskClient, now: datetime) -> None:
    counter = make_counter()
    person = make_staff("auditor")
    auditor = sign_in(person)
    member, other = make_member(), make_member()
    by_person = Actor(kind="staff", id=person.id)
    for who, action in ((member, "member.merge"), (other, "member.merge"), (member, "member.set_email")):
        audit.record(action, actor=by_person, object_kind="member", object_id=who.id, details={}, now=now)
    counter.settle(bill_fen=1_000)

    def actions(**query: Any) -> list[str]:
        return [row["action"] for row in ask(client, auditor, **query)]

    merges = ["member.merge", "member.merge"]
    assert actions(action="member.merge") == merges
    assert actions(object_kind="member", object_id=member.public_id) == ["member.set_email", "member.merge"]
    assert actions(actor_id=person.public_id) == ["member.set_email", *merges]
    assert "checkout.create" in actions(store_id=counter.store.public_id)
    assert set(actions(actor_kind="system")) >= {"staff.create"}
    assert actions(action="member.erase") == []
    about = ask(client, auditor, action="member.set_email")[0]
    assert about["object_id"] == str(member.public_id)
    told = client.get(f"{AUDIT}/actions", headers=auditor).json["data"]
    assert told == sorted(told)
    assert {"member.merge", "member.set_email", "checkout.create"} <= set(told)


def test_by_business_dates(client: FlaskClient, standing_clock: Clock) -> None:
    auditor = sign_in(make_staff("auditor", now=standing_clock.now - timedelta(days=30)))
    actor = Actor.system()
    # Midnight in Shanghai is 16:00 UTC; keys are written out of turn on purpose.
    instants = [datetime.fromisoformat(f"2026-11-{day}+00:00") for day in ("11T16:00", "10T15:59", "10T16:00")]
    for number, at in enumerate(instants):
        audit.record(f"day.n{number}", actor=actor, object_kind="x", object_id=None, details={}, now=at)

    def found(**query: str) -> list[str]:
        return [row["action"] for row in ask(client, auditor, object_kind="x", **query)]

    assert found(first_on="2026-11-11", until_on="2026-11-12") == ["day.n2"]
    assert found(first_on="2026-11-11") == ["day.n2", "day.n0"]
    assert found(until_on="2026-11-11") == ["day.n1"]
    assert found(until_on="2026-01-01") == []
    assert found(first_on="2027-01-01") == []


def test_a_manager_sees_their_own_stores_and_what_they_did(client: FlaskClient, now: datetime) -> None:
    own, other = make_store(), make_store()
    person, colleague = make_staff("manager", at=[own]), make_staff("manager", at=[other])
    manager = sign_in(person)
    assert [row["store"]["code"] for row in ask(client, manager)] == [own.code]
    # At the console, where there is no store.
    for who, action in ((person, "tag.create"), (colleague, "tag.add")):
        actor = Actor(kind="staff", id=who.id)
        audit.record(action, actor=actor, object_kind="tag", object_id=None, details={}, now=now)
    # Somebody else's key, and no person of the staff.
    audit.record(
        "tag.remove", actor=Actor(kind="member", id=person.id), object_kind="tag", object_id=None, details={}, now=now
    )
    assert [row["action"] for row in ask(client, manager)] == ["tag.create", "store.create"]
    assert [row["action"] for row in ask(client, manager, store_id=own.public_id)] == ["store.create"]
    assert ask(client, manager, actor_id=colleague.public_id) == []
    assert ask(client, manager, store_id=other.public_id) == []
    assert ask(client, sign_in(make_staff("manager"))) == []
    for role in ("clerk", "marketer"):
        assert client.get(AUDIT, headers=sign_in(make_staff(role))).status_code == 403


def test_as_a_table_that_no_spreadsheet_runs(client: FlaskClient, now: datetime) -> None:
    person = make_staff("auditor", display_name="=cmd")
    auditor = sign_in(person)
    actor = Actor(kind="staff", id=person.id)
    audit.record("tag.create", actor=actor, object_kind="tag", object_id=None, details={"name": "甲"}, now=now)
    answer = client.get(f"{AUDIT}.csv?action=tag.create", headers=auditor)
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))
    assert rows[0][4] == "动作"
    assert rows[1][3:5] == ["'=cmd", "tag.create"]
    assert '{"name": "甲"}' in rows[1]
    english = client.get(f"{AUDIT}.csv?action=tag.create", headers={**auditor, "Accept-Language": "en"})
    assert "Action" in english.get_data(as_text=True)


def test_what_is_sealed_says_so(client: FlaskClient, now: datetime) -> None:
    auditor = sign_in(make_staff("auditor"))
    before = client.get(f"{AUDIT}/seal", headers=auditor).json
    assert before["waiting"] >= 1
    assert ask(client, auditor)[0]["block_no"] is None
    audit_seals.seal(now=now)
    after = client.get(f"{AUDIT}/seal", headers=auditor).json
    assert (after["waiting"], len(after["hash"])) == (0, 64)
    assert ask(client, auditor)[0]["block_no"] == after["block_no"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"object_id": "0190f9a8-0000-7000-8000-000000000000"}, 422),
        ({"object_kind": "tag", "object_id": "0190f9a8-0000-7000-8000-000000000000"}, 404),
        ({"actor_id": "0190f9a8-0000-7000-8000-000000000000"}, 404),
        ({"first_on": "2026-11-02", "until_on": "2026-11-02"}, 422),
        ({"action": "Tag"}, 422),
    ],
)
def test_what_nobody_can_ask_for(client: FlaskClient, now: datetime, query: dict[str, str], status: int) -> None:
    assert client.get(AUDIT, query_string=query, headers=sign_in(make_staff("admin"))).status_code == status


def test_the_list_reads_what_it_shows(db_session: Session, client: FlaskClient, now: datetime) -> None:
    auditor = sign_in(make_staff("auditor"))
    one = {"actor_kind": "system", "action": "much.noise", "object_kind": "x", "details": {}}
    db_session.execute(insert(AuditEntry), [{**one, "recorded_at": now + timedelta(minutes=n)} for n in range(3_000)])
    before = _rows_read(db_session)
    for query in ({}, {"first_on": "2026-11-21"}, {"action": "staff.create"}):
        assert ask(client, auditor, limit=5, **query)
    assert _rows_read(db_session) - before < 200


def _rows_read(session: Session) -> int:
    seen = (
        "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'audit_entry'"
    )
    return int(session.execute(text(seen)).scalar_one())
