"""A campaign's life over HTTP: two people, variants, what repeats, missed runs, a clone, what a patch takes away."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models import MessageTemplate
from jobs.start_campaigns import start_campaigns
from tests.conftest import Clock
from tests.factories.messages import make_message_template
from tests.factories.staff import make_staff, sign_in

ROOT = "/api/console/v1"
HALVES = [
    {"code": "A", "share_bp": 5000, "field_values": {"thing1": "八折"}},
    {"code": "B", "share_bp": 5000, "page": "pages/sale/index"},
]


@pytest.fixture
def headers(client: FlaskClient, db_session: Session, now: datetime) -> dict[str, str]:
    return sign_in(make_staff("marketer"))


def body(template: MessageTemplate, **changes: Any) -> dict[str, Any]:
    values = {
        "name": "会员日",
        "kind": "recurring",
        "repeat": {"every": "week", "on": [5]},
        "send_time": "10:00",
        "message_template_id": str(template.public_id),
        "field_values": {"thing1": "{nickname}，全场八折", "date2": "{date}"},
    }
    return values | changes


def made(client: FlaskClient, headers: dict[str, str], **changes: Any) -> dict[str, Any]:
    answer = client.post(f"{ROOT}/campaigns", json=body(make_message_template(), **changes), headers=headers)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.get_json()
    return document


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]["code"]


def test_two_people(client: FlaskClient, headers: dict[str, str], standing_clock: Clock) -> None:
    admin = sign_in(make_staff("admin"))
    assert client.patch(f"{ROOT}/programme", json={"has_campaign_review": True}, headers=admin).status_code == 200
    url = f"{ROOT}/campaigns/{made(client, headers)['id']}"
    assert code_of(client.post(f"{url}/schedule", headers=headers)) == (422, "campaign_not_approved")
    first = client.post(f"{url}/submit", headers=headers).get_json()
    assert first["state"] == "in_review"
    seen = {"submitted_at": first["submitted_at"]}
    assert code_of(client.post(f"{url}/approve", json=seen, headers=headers)) == (403, "second_person_needed")
    manager = sign_in(make_staff("manager"))
    rejected = client.post(f"{url}/reject", json={"reason": "改成周六"}, headers=manager).get_json()
    assert (rejected["state"], rejected["review_note"]) == ("draft", "改成周六")
    client.patch(url, json={"repeat": {"every": "week", "on": [6]}}, headers=headers)
    standing_clock.move(minutes=1)
    again = client.post(f"{url}/submit", headers=headers).get_json()
    # On the manager's screen still stands what was submitted first.
    assert code_of(client.post(f"{url}/approve", json=seen, headers=manager)) == (409, "campaign_changed")
    seen = {"submitted_at": again["submitted_at"]}
    approved = client.post(f"{url}/approve", json=seen, headers=manager).get_json()
    assert approved["state"] == "approved"
    assert approved["approved_by"] not in (None, approved["submitted_by"])
    scheduled = client.post(f"{url}/schedule", headers=headers).get_json()
    assert (scheduled["state"], scheduled["next_run_at"]) == ("running", "2026-11-21T02:00:00.000+00:00")
    assert code_of(client.post(f"{url}/reject", json={"reason": "晚了"}, headers=manager)) == (
        409,
        "campaign_state_conflict",
    )


def test_everything_that_is_said_is_shown(client: FlaskClient, headers: dict[str, str]) -> None:
    said = {
        "variants": HALVES,
        "page": "pages/home/index",
        "holdout_bp": 500,
        "priority": 8,
        "points_gift": 20,
        "benefit_for": "reached",
        "is_member_time": True,
        "ends_on": "2027-12-31",
        "max_late_minutes": 60,
        "repeat": {"every": "month", "on": [-1, 15], "step": 2, "starts_on": "2026-12-01"},
        "sends_per_second": 3,
    }
    shown = made(client, headers, **said)
    assert shown["variants"] == [
        {"code": "A", "share_bp": 5000, "field_values": {"thing1": "八折"}, "page": None},
        {"code": "B", "share_bp": 5000, "field_values": {}, "page": "pages/sale/index"},
    ]
    assert {key: shown[key] for key in said if key != "variants"} == {
        key: value for key, value in said.items() if key != "variants"
    }
    url = f"{ROOT}/campaigns/{shown['id']}"
    # Null takes away what may be missing, and nothing else.
    changed = client.patch(
        url, json={"page": None, "points_gift": None, "ends_on": None, "variants": [], "name": None}, headers=headers
    ).get_json()
    assert [changed[key] for key in ("page", "points_gift", "ends_on", "variants", "name")] == [
        None,
        None,
        None,
        [],
        "会员日",
    ]
    clone = client.post(f"{url}/clone", json={"name": "又一个会员日"}, headers=headers)
    assert clone.status_code == 201
    assert (clone.get_json()["parent_id"], clone.get_json()["repeat"]) == (shown["id"], shown["repeat"])
    of_kind = client.get(f"{ROOT}/campaigns?kind=recurring", headers=headers).get_json()["data"]
    assert [one["name"] for one in of_kind] == ["又一个会员日", "会员日"]
    assert client.get(f"{ROOT}/campaigns?kind=festival", headers=headers).get_json()["data"] == []


def test_missed_runs_are_started_or_skipped(client: FlaskClient, headers: dict[str, str], now: datetime) -> None:
    url = f"{ROOT}/campaigns/{made(client, headers, repeat={'every': 'day'})['id']}"
    client.post(f"{url}/schedule", headers=headers)
    assert start_campaigns(now=now + timedelta(days=2, hours=5)) == {"started": 0, "missed": 2}
    runs = client.get(f"{url}/runs?limit=1", headers=headers).get_json()
    assert [(run["occurrence"], run["state"]) for run in runs["data"]] == [("2026-11-22", "missed")]
    rest = client.get(f"{url}/runs?limit=1&cursor={runs['next_cursor']}", headers=headers).get_json()
    assert [run["occurrence"] for run in rest["data"]] == ["2026-11-21"]
    skipped = client.post(f"{url}/runs/2026-11-21/skip", headers=headers).get_json()
    assert (skipped["state"], skipped["targeted"]) == ("skipped", 0)
    assert code_of(client.post(f"{url}/runs/2026-11-21/skip", headers=headers)) == (409, "campaign_run_state_conflict")
    late = {"latest_start_at": (now + timedelta(days=3)).isoformat()}
    started = client.post(f"{url}/runs/2026-11-22/start", json=late, headers=headers).get_json()
    assert started["state"] == "expanding"
    past = {"latest_start_at": (now - timedelta(days=3)).isoformat()}
    assert code_of(client.post(f"{url}/runs/2026-11-22/start", json=past, headers=headers)) == (422, "invalid_input")
    assert code_of(client.post(f"{url}/runs/nonsense/start", json=late, headers=headers)) == (404, "not_found")


@pytest.mark.parametrize(
    "changes",
    [
        {"repeat": {"every": "hour"}},
        {"repeat": {"every": "week", "on": [9]}},
        {"repeat": {"every": "week", "on": [1], "at": "10:00"}},
        {"repeat": {"every": "day", "step": 2}},
        {"send_time": "9:00"},
        {"send_time": None},
        {"variants": [{"code": "I", "share_bp": 10000}]},
        {"variants": [{"code": "A", "share_bp": 9999}]},
        {"variants": [{"code": "A", "share_bp": 10000, "weight": 1}]},
        {"holdout_bp": 5001},
        {"priority": 10},
        {"max_late_minutes": 0},
        {"kind": "festival", "repeat": None, "days_before": 3, "festival": "easter"},
        {"kind": "welcome"},
        {"kind": "test"},
    ],
)
def test_what_is_refused(client: FlaskClient, headers: dict[str, str], changes: dict[str, Any]) -> None:
    refused = client.post(f"{ROOT}/campaigns", json=body(make_message_template(), **changes), headers=headers)
    assert code_of(refused) == (422, "invalid_input")
