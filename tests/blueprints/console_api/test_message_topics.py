"""Topics, scenes and a member's preferences at the console."""

import uuid
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.services import audit_lists
from app.services.audit_lists import Wanted
from tests.factories.members import make_member
from tests.factories.messages import make_message_template
from tests.factories.staff import make_staff, sign_in

ROOT = "/api/console/v1"
TOPICS = f"{ROOT}/message-topics"
CLUB = {"code": "club", "name": "俱乐部", "name_en": "Club", "is_marketing": True, "channels": ["subscribe", "email"]}


@pytest.fixture
def headers(client: FlaskClient, db_session: Session, now: datetime) -> dict[str, str]:
    return sign_in(make_staff("admin"))


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def actions() -> list[str]:
    return [row.entry.action for row in audit_lists.list_entries(Wanted(), after=None, limit=10).items]


def test_topics_are_listed_made_and_changed(client: FlaskClient, headers: dict[str, str]) -> None:
    listed = client.get(TOPICS, headers=headers).get_json()["data"]
    assert [row["code"] for row in listed] == ["birthday", "coupon", "points", "promotion", "service", "tier"]
    assert [row["code"] for row in listed if row["is_required"]] == ["service"]
    made = client.post(TOPICS, json=CLUB, headers=headers)
    assert made.status_code == 201, made.text
    assert (made.get_json()["cool_off_days"], made.get_json()["is_required"]) == (0, False)
    assert code_of(client.post(TOPICS, json=CLUB, headers=headers)) == (409, "topic_taken")
    changed = client.patch(
        f"{TOPICS}/club", json={"cool_off_days": 7, "channels": ["email", "sms"], "name": "会"}, headers=headers
    ).get_json()
    assert (changed["cool_off_days"], changed["channels"], changed["name"]) == (7, ["email", "sms"], "会")
    official = {"channels": ["subscribe", "oa_template"]}
    assert code_of(client.patch(f"{TOPICS}/club", json=official, headers=headers)) == (422, "invalid_input")
    assert client.patch(f"{TOPICS}/points", json=official, headers=headers).status_code == 200
    assert code_of(client.patch(f"{TOPICS}/weather", json={"name": "x"}, headers=headers)) == (404, "not_found")
    assert actions()[:3] == ["message_topic.update", "message_topic.update", "message_topic.create"]


@pytest.mark.parametrize(
    "body",
    [
        {**CLUB, "code": "Club"},
        {**CLUB, "channels": []},
        {**CLUB, "channels": ["email", "email"]},
        {**CLUB, "channels": ["pigeon"]},
        {**CLUB, "cool_off_days": 366},
        {**CLUB, "is_required": True},
        {**CLUB, "channels": ["oa_template"]},
    ],
)
def test_a_topic_that_makes_no_sense(client: FlaskClient, headers: dict[str, str], body: dict[str, Any]) -> None:
    assert code_of(client.post(TOPICS, json=body, headers=headers)) == (422, "invalid_input")


def test_with_templates_of_it_what_protects_members_stays(client: FlaskClient, headers: dict[str, str]) -> None:
    def patch(code: str, **changes: Any) -> Any:
        return client.patch(f"{TOPICS}/{code}", json=changes, headers=headers)

    assert patch("promotion", is_marketing=False).get_json()["is_marketing"] is False
    assert patch("promotion", is_marketing=True).get_json()["is_marketing"] is True
    make_message_template(topic="promotion")
    assert code_of(patch("promotion", is_marketing=False)) == (409, "topic_in_use")
    make_message_template(topic="coupon")
    assert code_of(patch("coupon", is_required=True)) == (409, "topic_in_use")
    # Stricter is always possible.
    assert patch("coupon", is_marketing=True).get_json()["is_marketing"] is True
    assert patch("promotion", is_marketing=True, name="优惠").status_code == 200
    assert code_of(patch("promotion", is_required=True)) == (409, "topic_in_use")


def test_a_template_names_a_topic_there_is(client: FlaskClient, headers: dict[str, str]) -> None:
    body = {
        "code": "club",
        "wechat_template_id": "TPL_CLUB",
        "title": "俱乐部通知",
        "topic": "club",
        "fields": {"thing1": "活动名称"},
    }
    url = f"{ROOT}/message-templates"
    refused = client.post(url, json=body, headers=headers)
    assert (code_of(refused), refused.get_json()["error"]["data"]) == ((404, "not_found"), {"kind": "message_topic"})
    client.post(TOPICS, json=CLUB, headers=headers)
    made = client.post(url, json=body, headers=headers).get_json()
    assert made["topic"] == "club"
    assert code_of(client.patch(f"{url}/{made['id']}", json={"topic": "weather"}, headers=headers)) == (
        404,
        "not_found",
    )


def test_scenes_are_put_and_listed(client: FlaskClient, headers: dict[str, str]) -> None:
    one, two = make_message_template(), make_message_template(topic="service")
    body = {
        "templates": [
            {"message_template_id": str(one.public_id)},
            {"message_template_id": str(two.public_id), "weight": 30},
        ]
    }
    url = f"{ROOT}/subscription-scenes"
    put = client.put(f"{url}/after_claim", json=body, headers=headers)
    assert put.status_code == 200, put.text
    assert [(row["topic"], row["weight"]) for row in put.get_json()["templates"]] == [
        ("service", 30),
        ("promotion", 10),
    ]
    assert client.get(url, headers=headers).get_json()["data"] == [put.get_json()]
    unknown = {"templates": [{"message_template_id": str(uuid.uuid4())}]}
    assert code_of(client.put(f"{url}/home", json=unknown, headers=headers)) == (404, "not_found")
    assert code_of(client.put(f"{url}/Home", json=body, headers=headers)) == (422, "invalid_input")
    assert client.put(f"{url}/after_claim", json={"templates": []}, headers=headers).status_code == 200
    assert client.get(url, headers=headers).get_json()["data"] == []


def test_a_member_asks_at_the_desk_to_be_left_alone(client: FlaskClient, headers: dict[str, str]) -> None:
    member = make_member(marketing=True)
    url = f"{ROOT}/members/{member.public_id}/message-preferences"
    assert client.get(url, headers=headers).get_json()["marketing"]["granted"] is True
    body = {"switches": [{"topic": "points", "channel": "subscribe"}], "withdraw_marketing": True, "reason": "来电"}
    told = client.post(f"{url}/switch-off", json=body, headers=headers).get_json()
    off = [row["channels"][0] for row in told["data"] if row["topic"] == "points"]
    assert [(one["is_on"], one["changed_by"]) for one in off] == [(False, "staff")]
    assert told["marketing"]["granted"] is False
    assert actions()[0] == "message_preference.switch_off"
    for wrong in ({"reason": "x"}, {"switches": body["switches"]}, {**body, "switches": [{"topic": "points"}]}):
        assert code_of(client.post(f"{url}/switch-off", json=wrong, headers=headers)) == (422, "invalid_input")
