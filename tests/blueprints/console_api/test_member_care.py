"""Members at the console: found in every way, noted about, brought together."""

from datetime import datetime
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import AuditEntry, Member
from app.services import points, purchases, tags
from tests.factories import staff as people
from tests.factories.coupons import give_coupon, open_visit
from tests.factories.members import code_of, make_counter_member, make_member
from tests.factories.staff import make_staff, make_store

CONSOLE = "/api/console/v1"


@pytest.fixture
def manager(app: APIFlask, now: datetime) -> dict[str, str]:
    """Headers of a signed-in manager."""
    return people.sign_in(make_staff("manager", display_name="老王"))


def found(client: FlaskClient, headers: dict[str, str], **query: Any) -> list[str]:
    answer = client.get(f"{CONSOLE}/members", headers=headers, query_string=query)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json["data"]]


def test_a_member_is_found_in_every_way(client: FlaskClient, manager: dict[str, str], now: datetime) -> None:
    store, other = make_store(code="W1"), make_store(code="W2")
    person = make_counter_member(phone="13800138123", nickname="青团子", store_id=store.id)
    make_counter_member(phone="13900139123", nickname="别人", store_id=other.id)
    purchases.record(person.id, store_id=other.id, channel=f"store:{other.id}", order_no="A-77", bill_fen=900, now=now)
    tag = tags.create("爱喝茶", actor=Actor.system(), now=now)
    tags.add(tag.public_id, {1: person.public_id}, actor=Actor.system(), now=now)
    me = [str(person.public_id)]
    assert found(client, manager, phone="138 0013 8123") == me
    assert found(client, manager, phone_tail="8123", store="W1") == me
    assert found(client, manager, phone_tail="8123", store="W2") == me
    assert found(client, manager, phone_tail="9123", store="W1") == []
    assert found(client, manager, nickname="青") == me
    assert found(client, manager, id=me[0]) == me
    assert found(client, manager, order_no="A-77") == me
    assert found(client, manager, order_no="A-78") == []
    assert found(client, manager, code=person.code_number) == me
    assert found(client, manager, code=code_of(person)) == me
    assert found(client, manager, tag=str(tag.public_id)) == me
    assert me[0] in found(client, manager, tier="plain") or found(client, manager, tier="nope") == []
    assert found(client, manager, tag=str(tag.public_id), nickname="别") == []


def test_the_end_of_a_phone_is_looked_for_in_one_store(client: FlaskClient, manager: dict[str, str]) -> None:
    answer = client.get(f"{CONSOLE}/members?phone_tail=8123", headers=manager)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid_input")
    assert client.get(f"{CONSOLE}/members?code=28123456789", headers=manager).status_code == 422


def test_who_was_merged_away_is_found_as_who_stays(
    client: FlaskClient, manager: dict[str, str], db_session: Session
) -> None:
    kept, gone = make_member(), make_counter_member()
    body = {"other_id": str(gone.public_id), "reason": "同一位顾客"}
    client.post(f"{CONSOLE}/members/{kept.public_id}/merge", headers=keyed(manager), json=body)
    assert found(client, manager, id=str(gone.public_id)) == [str(kept.public_id)]


def keyed(headers: dict[str, str], key: str = "k-1") -> dict[str, str]:
    return {**headers, "Idempotency-Key": key}


def test_notes_are_written_here_and_at_the_counter(
    client: FlaskClient, manager: dict[str, str], db_session: Session, now: datetime
) -> None:
    person, store = make_member(), make_store(name="湖滨店")
    clerk = make_staff(at=[store], display_name="小李")
    at_counter = people.sign_in(clerk, store=store)
    visit = open_visit(person, clerk=clerk, store=store)
    here, there = f"{CONSOLE}/members/{person.public_id}/notes", f"/api/store/v1/visits/{visit.public_id}/notes"
    assert client.post(here, headers=keyed(manager), json={"note": "会员投诉过排队"}).status_code == 201
    made = client.post(there, headers=keyed(at_counter), json={"note": "喜欢少糖"})
    assert (made.status_code, made.json["written_by"], made.json["store"]) == (201, "小李", "湖滨店")
    client.post(there, headers=keyed(at_counter), json={"note": "喜欢少糖"})
    for address, headers in ((here, manager), (there, at_counter)):
        rows = client.get(address, headers=headers).json["data"]
        assert [(row["note"], row["written_by"], row["store"]) for row in rows] == [
            ("喜欢少糖", "小李", "湖滨店"),
            ("会员投诉过排队", "老王", None),
        ]
    audited = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "member.note")).all()
    assert [entry.details["length"] for entry in audited] == [7, 4]
    assert "糖" not in str([entry.details for entry in audited])
    assert client.post(here, headers=keyed(manager, "k-2"), json={"note": "长" * 501}).status_code == 422


def test_another_clerks_visit_tells_no_notes(client: FlaskClient, app: APIFlask, now: datetime) -> None:
    person, store = make_member(), make_store()
    visit = open_visit(person, clerk=make_staff(at=[store]), store=store)
    stranger = people.sign_in(make_staff(at=[store]), store=store)
    assert client.get(f"/api/store/v1/visits/{visit.public_id}/notes", headers=stranger).status_code == 404


def test_a_marketer_sees_the_timeline_without_order_numbers(
    client: FlaskClient, manager: dict[str, str], now: datetime
) -> None:
    person = make_member()
    purchases.record(person.id, store_id=None, channel="tmall", order_no="T-123456", bill_fen=900, now=now)
    address = f"{CONSOLE}/members/{person.public_id}/timeline?kind=purchase"
    seen = [
        client.get(address, headers=headers).json["data"][0]["reference"]
        for headers in (manager, people.sign_in(make_staff("marketer")))
    ]
    assert seen == ["T-123456", "****3456"]


def pair(now: datetime) -> tuple[Member, Member]:
    """An older membership of the mini-program and a younger one of the counter, both with points."""
    older, younger = make_member(nickname="小雨"), make_counter_member(phone="13800138000")
    for person, amount in ((older, 30), (younger, 70)):
        points.earn(person.id, amount=amount, source="test", now=now)
    give_coupon(younger)
    return older, younger


def test_a_merge_is_looked_at_before(client: FlaskClient, manager: dict[str, str], now: datetime) -> None:
    older, younger = pair(now)
    address = f"{CONSOLE}/members/{younger.public_id}/merge-preview?other_id={older.public_id}"
    seen = client.get(address, headers=manager).json
    assert (seen["kept"]["id"], seen["merged"]["id"]) == (str(older.public_id), str(younger.public_id))
    assert (seen["merged"]["counts"]["points"], seen["merged"]["counts"]["coupons"]) == (70, 1)
    assert seen["warnings"] == []
    other = make_member(phone="13900139000", birthday=(3, 1))
    make_counter_twin = make_counter_member(phone="13700137000", birthday=(4, 1))
    address = f"{CONSOLE}/members/{make_counter_twin.public_id}/merge-preview?other_id={other.public_id}"
    assert client.get(address, headers=manager).json["warnings"] == ["phone_let_go", "birthdays_differ"]


def test_two_become_one_once(client: FlaskClient, manager: dict[str, str], db_session: Session, now: datetime) -> None:
    older, younger = pair(now)
    address = f"{CONSOLE}/members/{younger.public_id}/merge"
    body = {"other_id": str(older.public_id), "reason": "同一位顾客，来电核实"}
    first = client.post(address, headers=keyed(manager), json=body)
    again = client.post(address, headers=keyed(manager), json=body)
    assert (first.status_code, first.data) == (201, again.data)
    assert (first.json["member"]["id"], first.json["member"]["points_balance"]) == (str(older.public_id), 100)
    assert first.json["member"]["phone_masked"] == "138****8000"
    entry = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "member.merge")).one()
    assert (entry.details["reason"], entry.details["coupons"]) == ("同一位顾客，来电核实", 1)
    # Who is gone is not found any more.
    assert client.post(address, headers=keyed(manager, "k-2"), json=body).status_code == 404


def test_nobody_merges_their_own_membership(client: FlaskClient, app: APIFlask, now: datetime) -> None:
    mine, other = make_member(), make_member()
    headers = people.sign_in(make_staff("manager", member_id=mine.id))
    body = {"other_id": str(other.public_id), "reason": "都是我的"}
    answer = client.post(f"{CONSOLE}/members/{mine.public_id}/merge", headers=keyed(headers), json=body)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "self_service")
    same = {"other_id": str(mine.public_id), "reason": "都是我的"}
    answer = client.post(f"{CONSOLE}/members/{mine.public_id}/merge", headers=keyed(headers, "k-2"), json=same)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid_input")
