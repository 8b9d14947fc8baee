"""Segments and tags over HTTP."""

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models import Member, Staff
from tests.factories import staff
from tests.factories.members import make_counter_member, make_member
from tests.factories.staff import make_staff, make_store

BASE = "/api/console/v1"
RULE = {"all": [{"is": "birthday_month", "any_of": [3]}, {"is": "has_phone"}]}


@pytest.fixture
def people(db_session: Session) -> list[Member]:
    return [
        make_counter_member(phone="13800138000", nickname="王小明", birthday=(3, 1)),
        make_member(nickname="小雨", birthday=(3, 2)),
    ]


@pytest.fixture
def marketer(db_session: Session, people: list[Member], now: Any) -> dict[str, str]:
    person: Staff = make_staff("marketer", at=[make_store()])
    return staff.sign_in(person, now=now)


def test_a_segment_is_tried_saved_counted_and_explained(
    client: FlaskClient, people: list[Member], marketer: dict[str, str]
) -> None:
    ids = [str(person.public_id) for person in people]
    tried = client.post(f"{BASE}/segment-previews", json={"rule": RULE}, headers=marketer)
    assert tried.status_code == 200
    assert tried.json["members"] == 1
    assert tried.json["words"]["zh"] == "同时满足（生日月份：3；绑定了手机号）"
    [sampled] = tried.json["sample"]
    assert (sampled["member_id"], sampled["nickname"], sampled["phone_masked"]) == (ids[0], "王**", "138****8000")
    made = client.post(f"{BASE}/segments", json={"name": "三月", "rule": RULE}, headers=marketer)
    assert made.status_code == 201
    path = f"{BASE}/segments/{made.json['id']}"
    assert (made.json["version"], made.json["rule"]) == (1, {"v": 1, **RULE})
    assert client.get(f"{path}/count", headers=marketer).json == {"members": 1}
    assert len(client.get(f"{path}/sample", headers=marketer).json["data"]) == 1
    told = client.get(f"{path}/members/{ids[1]}", headers=marketer).json
    assert told["is_in"] is False
    assert [(line["depth"], line["group"], line["holds"]) for line in told["lines"]] == [
        (0, "all", False),
        (1, None, True),
        (1, None, False),
    ]
    revised = client.post(f"{path}/versions", json={"rule": RULE["all"][0]}, headers=marketer)
    assert (revised.status_code, revised.json["version"]) == (201, 2)
    versions = client.get(f"{path}/versions", headers=marketer).json["data"]
    assert [one["version"] for one in versions] == [2, 1]
    assert client.get(path, headers=marketer).json["version"] == 2
    assert client.post(f"{path}/archive", headers=marketer).json["is_active"] is False
    assert client.get(f"{BASE}/segments?is_active=true", headers=marketer).json["data"] == []
    [line] = client.get(f"{BASE}/segments", headers=marketer).json["data"]
    assert (line["name"], line["is_active"], line["members"]) == ("三月", False, None)
    refused = client.post(f"{path}/versions", json={"rule": RULE}, headers=marketer)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "segment_archived")


@pytest.mark.parametrize(
    ("rule", "code", "data"),
    [
        ({"is": "sql"}, "segment_rule_invalid", {"fields": {"rule.is": "unknown_question"}}),
        ({"is": "tag", "any_of": ["nobody's"]}, "segment_unknown_names", {"names": {"tag": ["nobody's"]}}),
        (
            {"is": "tag", "any_of": ["x\x00"]},
            "segment_rule_invalid",
            {"fields": {"rule.any_of": "not_a_text"}},
        ),
    ],
)
def test_a_rule_that_is_not_right_is_told_where(
    client: FlaskClient, marketer: dict[str, str], rule: dict[str, Any], code: str, data: dict[str, Any]
) -> None:
    for path, body in (("segment-previews", {"rule": rule}), ("segments", {"name": "x", "rule": rule})):
        refused = client.post(f"{BASE}/{path}", json=body, headers=marketer)
        assert refused.status_code in (400, 422)
        assert (refused.json["error"]["code"], refused.json["error"]["data"]) == (code, data)


def test_tags_are_put_on_by_line_and_read(client: FlaskClient, people: list[Member], marketer: dict[str, str]) -> None:
    made = client.post(f"{BASE}/tags", json={"name": "VIP"}, headers=marketer)
    assert (made.status_code, made.json["members"]) == (201, 0)
    path, ids = f"{BASE}/tags/{made.json['id']}/members", [str(person.public_id) for person in people]
    lines = {"members": [ids[1], "138 0013 8000", "nonsense", str(uuid.uuid4())]}
    added = client.post(path, json=lines, headers=marketer)
    assert added.json == {
        "changed": 2,
        "unchanged": 0,
        "errors": [{"line": 3, "reason": "malformed"}, {"line": 4, "reason": "unknown"}],
    }
    assert [one["member_id"] for one in client.get(path, headers=marketer).json["data"]] == ids
    assert client.get(f"{BASE}/tags", headers=marketer).json["data"][0]["members"] == 2
    one = client.get(f"{BASE}/tags/{made.json['id']}", headers=marketer).json
    assert (one["name"], one["members"]) == ("VIP", 2)
    assert client.get(f"{BASE}/tags/{uuid.uuid4()}", headers=marketer).status_code == 404
    mine = client.get(f"{BASE}/members/{ids[0]}/tags", headers=marketer)
    assert [tag["name"] for tag in mine.json["data"]] == ["VIP"]
    assert client.post(f"{path}/removal", json={"members": [ids[0]]}, headers=marketer).json["changed"] == 1
    twice = client.post(f"{BASE}/tags", json={"name": "VIP"}, headers=marketer)
    assert (twice.status_code, twice.json["error"]["code"]) == (409, "name_taken")
