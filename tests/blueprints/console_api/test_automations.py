"""Automations over HTTP: written with what their kind asks, tried before they are switched on."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models.campaign import AUTOMATIONS
from app.services import member_events
from tests.conftest import NOON
from tests.factories.messages import make_message_template, make_reachable
from tests.factories.staff import make_staff, sign_in

ROOT = "/api/console/v1/campaigns"
NEEDED: dict[str, dict[str, Any]] = {
    "birthday": {"days_before": 3},
    "anniversary": {"days_before": 0, "conditions": {"years": [1]}},
    "welcome": {"days_after": 0},
    "lapse": {"days_after": 60},
    "after_purchase": {"days_after": 2, "conditions": {"min_paid_fen": 5_000}},
}


@pytest.fixture
def headers(client: FlaskClient, db_session: Session, now: object) -> dict[str, str]:
    return sign_in(make_staff("marketer"))


def body(kind: str, **changes: Any) -> dict[str, Any]:
    template = make_message_template()
    values = {
        "name": "关怀",
        "kind": kind,
        "message_template_id": str(template.public_id),
        "field_values": {"thing1": "{nickname}", "date2": "{date}"},
    }
    return {**values, **NEEDED.get(kind, {}), **changes}


@pytest.mark.parametrize("kind", AUTOMATIONS)
def test_each_kind_is_written_tried_and_switched_on(client: FlaskClient, headers: dict[str, str], kind: str) -> None:
    made = client.post(ROOT, json=body(kind, send_time="10:00"), headers=headers)
    assert made.status_code == 201, made.text
    document = made.get_json()
    assert document["conditions"] == NEEDED.get(kind, {}).get("conditions", {})
    url = f"{ROOT}/{document['id']}"
    tried = client.get(f"{url}/trial", headers=headers).get_json()
    assert (tried["targeted"], tried["reachable"], len(tried["days"])) == (0, 0, 7)
    assert client.post(f"{url}/schedule", headers=headers).get_json()["state"] == "running"


def test_a_trial_counts(client: FlaskClient, headers: dict[str, str]) -> None:
    document = client.post(ROOT, json=body("tier_up"), headers=headers).get_json()
    member = make_reachable(make_message_template())
    member_events.record(member.id, kind="tier_up", occurrence="a", details={"to": "x"}, now=NOON)
    told = client.get(f"{ROOT}/{document['id']}/trial", headers=headers).get_json()
    assert (told["targeted"], told["reachable"]) == (1, 0)
    assert told["days"][-1] == {"on": "2026-11-20", "targeted": 1, "reachable": 0, "suppressed": {"no_grant": 1}}


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        ("lapse", {"days_after": 0}, "invalid_input"),
        ("lapse", {"days_after": None}, "invalid_input"),
        ("tier_up", {"days_after": 1}, "invalid_input"),
        ("tier_up", {"conditions": {"min_paid_fen": 1}}, "automation_conditions_invalid"),
        ("one_off", {"conditions": {"years": [1]}}, "automation_conditions_invalid"),
    ],
)
def test_what_a_kind_does_not_know(
    client: FlaskClient, headers: dict[str, str], kind: str, changes: dict[str, Any], code: str
) -> None:
    answer = client.post(ROOT, json=body(kind, **changes), headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.get_json()["error"]["code"] == code


def test_conditions_are_changed_as_a_whole(client: FlaskClient, headers: dict[str, str]) -> None:
    document = client.post(ROOT, json=body("after_purchase"), headers=headers).get_json()
    url = f"{ROOT}/{document['id']}"
    changed = client.patch(url, json={"conditions": {"channels": ["store"]}, "days_after": 3}, headers=headers)
    assert (changed.get_json()["conditions"], changed.get_json()["days_after"]) == ({"channels": ["store"]}, 3)


def test_a_broadcast_cannot_be_tried(client: FlaskClient, headers: dict[str, str]) -> None:
    once = body("one_off", scheduled_at="2026-11-20T12:00:00+08:00")
    document = client.post(ROOT, json=once, headers=headers).get_json()
    assert client.get(f"{ROOT}/{document['id']}/trial", headers=headers).status_code in (400, 422)
