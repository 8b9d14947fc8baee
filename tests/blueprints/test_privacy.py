"""What a member may know and end by themselves, and what the shop does for one who telephones."""

import json
from datetime import datetime

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEntry
from app.services import points
from jobs.erase_members import erase_members
from tests.conftest import Clock
from tests.factories import members
from tests.factories import staff as people
from tests.factories.members import make_counter_member, make_member
from tests.factories.staff import make_staff

MINI, CONSOLE = "/api/mini/v1", "/api/console/v1"


def test_my_data_as_a_download(client: FlaskClient, app: APIFlask, now: datetime) -> None:
    me = make_member(nickname="小雨", phone="13800138000")
    make_member(nickname="别人")
    points.earn(me.id, amount=30, source="test", now=now)
    headers = members.sign_in(me)
    answer = client.get(f"{MINI}/me/export", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Content-Disposition"] == "attachment; filename=my-data.json"
    mine = json.loads(answer.data)
    assert (mine["member"]["nickname"], mine["member"]["phone"], len(mine["points"]) > 0) == (
        "小雨",
        "+8613800138000",
        True,
    )
    assert "别人" not in answer.text
    assert {client.get(f"{MINI}/me/export", headers=headers).status_code for _ in range(4)} == {200}
    refused = client.get(f"{MINI}/me/export", headers=headers)
    assert (refused.status_code, refused.json["error"]["code"]) == (429, "too_many")


def test_asking_thinking_and_taking_back(client: FlaskClient, app: APIFlask, now: datetime) -> None:
    headers = members.sign_in(make_member())
    address = f"{MINI}/me/erasure"
    assert client.get(address, headers=headers).json == {"request": None}
    asked = client.post(address, headers=headers)
    assert (asked.status_code, asked.json["state"], asked.json["due_at"][:10]) == (201, "waiting", "2026-11-27")
    assert client.post(address, headers=headers).json["id"] == asked.json["id"]
    assert client.get(address, headers=headers).json["request"]["id"] == asked.json["id"]
    assert client.delete(address, headers=headers).json["state"] == "withdrawn"
    assert client.delete(address, headers=headers).status_code == 404
    assert client.get(address, headers=headers).json == {"request": None}


def test_after_it_nobody_is_signed_in(client: FlaskClient, db_session: Session, standing_clock: Clock) -> None:
    headers = members.sign_in(make_member())
    client.post(f"{MINI}/me/erasure", headers=headers)
    standing_clock.move(days=7, minutes=1)
    assert client.get(f"{MINI}/me", headers=headers).status_code == 200
    assert erase_members(now=standing_clock.now)["erased"] == 1
    assert client.get(f"{MINI}/me", headers=headers).status_code == 401


def test_the_shop_writes_a_wish_down(client: FlaskClient, db_session: Session, standing_clock: Clock) -> None:
    member = make_counter_member(phone="13800138000", nickname="青团子")
    manager = people.sign_in(make_staff("manager", display_name="老王"))
    address = f"{CONSOLE}/members/{member.public_id}/erasure"
    body = {"reason": "来电要求注销，已核对姓名与手机号"}
    asked = client.post(address, headers={**manager, "Idempotency-Key": "a"}, json=body)
    assert (asked.status_code, asked.json["written_by"], asked.json["member"]["nickname"]) == (201, "老王", "青团子")
    listed = client.get(f"{CONSOLE}/erasure-requests?state=waiting", headers=manager).json["data"]
    assert [row["id"] for row in listed] == [asked.json["id"]]
    withdrawn = client.post(
        f"{CONSOLE}/erasure-requests/{asked.json['id']}/withdrawal", headers={**manager, "Idempotency-Key": "b"}
    )
    assert withdrawn.json["state"] == "withdrawn"
    client.post(address, headers={**manager, "Idempotency-Key": "c"}, json=body)
    # Known by now that they wish to be forgotten, nobody merges them away.
    other = make_member()
    merge = client.post(
        f"{CONSOLE}/members/{other.public_id}/merge",
        headers={**manager, "Idempotency-Key": "d"},
        json={"other_id": str(member.public_id), "reason": "同一人"},
    )
    assert (merge.status_code, merge.json["error"]["code"]) == (422, "invalid_input")
    merge = client.post(
        f"{CONSOLE}/members/{other.public_id}/merge",
        headers={**manager, "Idempotency-Key": "e"},
        json={"other_id": str(member.public_id), "reason": "同一位顾客"},
    )
    assert merge.json["error"]["code"] == "erasure_waiting"
    erase_members(now=standing_clock.move(days=8))
    later = people.sign_in(make_staff("auditor"), now=standing_clock.now)
    rows = client.get(f"{CONSOLE}/erasure-requests?state=done", headers=later).json["data"]
    assert [(row["member"]["nickname"], row["member"]["phone_masked"], row["reason"]) for row in rows] == [
        ("", None, "erased")
    ]


def test_the_shop_puts_data_together_for_one_who_asked(client: FlaskClient, db_session: Session, now: datetime) -> None:
    member = make_counter_member(phone="13800138000")
    manager = people.sign_in(make_staff("manager"))
    answer = client.get(f"{CONSOLE}/members/{member.public_id}/export", headers=manager)
    assert json.loads(answer.data)["member"]["phone"] == "138****8000"
    assert "8613800138000" not in answer.text
    entry = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "member.export")).one()
    assert entry.object_id == member.id
