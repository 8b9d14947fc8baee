"""Badges over HTTP: the member's view, the pictures, the console."""

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.services import growth
from tests.conftest import NOON, Clock
from tests.factories.members import make_member, sign_in
from tests.factories.staff import make_staff
from tests.factories.staff import sign_in as staff_sign_in

URL = "/api/mini/v1/badges"
CONSOLE = "/api/console/v1/badges"
BIG = {"code": "big", "name": "大客", "name_en": "Big", "fact": "spent_fen", "target": 500, "emblem": "gem"}


def test_my_badges(client: FlaskClient, standing_clock: Clock) -> None:
    member = make_member()
    growth.add(member.id, amount=200, source="t", now=NOON)
    headers = sign_in(member)
    client.post("/api/mini/v1/check-ins", headers={**headers, "Idempotency-Key": "a"})
    shown = client.get(URL, headers=headers).json
    assert [(one["badge"]["code"], one["is_worn"]) for one in shown["tiers"]] == [
        ("basic", False),
        ("silver", True),
        ("gold", False),
        ("diamond", False),
    ]
    streak = next(one for one in shown["achievements"] if one["code"] == "streak_7")
    assert streak == {
        "code": "streak_7",
        "name": "连续七天",
        "name_en": "Seven in a row",
        "fact": "streak",
        "target": 7,
        "current": 1,
        "progress_bp": 1428,
        "awarded_at": None,
        "svg_url": "/api/mini/v1/badges/achievements/streak_7.svg?tier=silver",
    }
    picture = client.get(streak["svg_url"])
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
    assert "#64748b" in picture.text
    assert "连续七天" in picture.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("streak_7.svg", 200),
        ("streak_8.svg", 404),
        ("streak_7.svg?tier=nobody", 404),
        ("streak_7.svg?colour=red", 422),
    ],
)
def test_pictures_there_are_and_are_not(client: FlaskClient, now: Any, path: str, status: int) -> None:
    assert client.get(f"{URL}/achievements/{path}").status_code == status


def test_the_console_makes_changes_and_stops_badges(client: FlaskClient, now: Any) -> None:
    headers, auditor = (staff_sign_in(make_staff(role)) for role in ("marketer", "auditor"))
    made = client.post(CONSOLE, headers=headers, json=BIG)
    assert (made.status_code, made.json["is_active"], made.json["is_settling"]) == (201, True, True)
    twin = client.post(CONSOLE, headers=headers, json={**BIG, "code": "bigger"})
    assert (twin.status_code, twin.json["error"]["code"]) == (409, "name_taken")
    address = f"{CONSOLE}/{made.json['id']}"
    changed = client.patch(address, headers=headers, json={"name_en": "Grand", "is_active": False}).json
    assert (changed["name_en"], changed["is_active"], changed["target"]) == ("Grand", False, 500)
    assert [one["code"] for one in client.get(CONSOLE, headers=headers).json["data"]].count("big") == 1
    entries = client.get("/api/console/v1/audit-entries", headers=auditor).json["data"]
    assert [entry["action"] for entry in entries][:2] == ["badge.update", "badge.create"]
    mine = sign_in(make_member())
    codes = [one["code"] for one in client.get(URL, headers=mine).json["achievements"]]
    assert "big" not in codes


@pytest.mark.parametrize(
    "body",
    [
        {**BIG, "target": 0},
        {**BIG, "fact": "luck"},
        {**BIG, "code": "a/b"},
        {**BIG, "colour": "#000000"},
        {key: value for key, value in BIG.items() if key != "fact"},
    ],
)
def test_badges_nobody_could_earn(client: FlaskClient, now: Any, body: dict[str, Any]) -> None:
    headers = staff_sign_in(make_staff("marketer"))
    assert client.post(CONSOLE, headers=headers, json=body).status_code == 422


def test_a_change_of_nothing_or_of_no_badge(client: FlaskClient, now: Any) -> None:
    headers = staff_sign_in(make_staff("admin"))
    assert client.patch(f"{CONSOLE}/{uuid.uuid4()}", headers=headers, json={"name": "x"}).status_code == 404
    first = client.get(CONSOLE, headers=headers).json["data"][0]["id"]
    assert client.patch(f"{CONSOLE}/{first}", headers=headers, json={}).status_code == 422
    assert client.patch(f"{CONSOLE}/{first}", headers=headers, json={"target": 1}).status_code == 422
