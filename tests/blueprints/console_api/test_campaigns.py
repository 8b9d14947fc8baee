"""The marketer's day over HTTP: a template, a draft, a preview, a schedule, a pause, a report."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.gateways.wechat import RecordingWeChat, TemplateInfo
from app.models import MessageTemplate
from app.wiring import parts
from jobs.drain_lane import Turn
from jobs.expand_audiences import expand_audiences
from jobs.start_campaigns import start_campaigns
from tests.factories.members import make_counter_member, make_member
from tests.factories.messages import OpenGate, make_message_template, make_reachable
from tests.factories.staff import make_staff, sign_in

ROOT = "/api/console/v1"
TEMPLATE = {
    "code": "promotion",
    "wechat_template_id": "TPL_X",
    "title": "优惠活动通知",
    "topic": "promotion",
    "fields": {"thing1": "活动名称", "date2": "日期"},
}


@pytest.fixture
def headers(client: FlaskClient, db_session: Session, now: datetime) -> dict[str, str]:
    return sign_in(make_staff("marketer"))


def body(template: MessageTemplate, **changes: Any) -> dict[str, Any]:
    values = {
        "name": "双十二",
        "kind": "one_off",
        "message_template_id": str(template.public_id),
        "field_values": {"thing1": "{nickname}，全场八折", "date2": "{date}"},
    }
    return values | changes


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]["code"]


def test_templates_are_written_changed_and_compared_with_wechat(
    client: FlaskClient, headers: dict[str, str], wechat: RecordingWeChat
) -> None:
    made = client.post(f"{ROOT}/message-templates", json=TEMPLATE, headers=headers)
    assert made.status_code == 201, made.text
    template = made.get_json()
    assert template["page"] == "pages/home/index"
    assert code_of(client.post(f"{ROOT}/message-templates", json=TEMPLATE, headers=headers)) == (
        409,
        "message_template_taken",
    )
    wrong = {**TEMPLATE, "code": "x", "wechat_template_id": "y", "fields": {"mystery1": "?"}}
    refused = client.post(f"{ROOT}/message-templates", json=wrong, headers=headers)
    assert code_of(refused) == (422, "message_fields_invalid")
    url = f"{ROOT}/message-templates/{template['id']}"
    assert client.post(f"{url}/check", headers=headers).get_json()["differences"][0]["problem"] == "not_in_account"
    wechat.templates = [
        TemplateInfo(
            template_id="TPL_X",
            title="优惠活动通知",
            fields={"thing1": "thing", "phrase3": "phrase"},
            kind="one_time",
            enums={"phrase3": ("进行中",)},
        )
    ]
    found = client.post(f"{url}/check", headers=headers).get_json()
    assert found["ok"] is False
    assert {(d["problem"], d["field"]) for d in found["differences"]} == {
        ("field_missing", "phrase3"),
        ("field_unknown", "date2"),
        ("choices", "phrase3"),
    }
    mended = {"fields": {"thing1": "活动名称", "phrase3": "状态"}, "enums": {"phrase3": ["进行中"]}}
    changed = client.patch(url, json={**mended, "is_enabled": False}, headers=headers)
    assert changed.get_json()["is_enabled"] is False
    assert client.post(f"{url}/check", headers=headers).get_json() == {"ok": True, "differences": []}
    listed = client.get(f"{ROOT}/message-templates", headers=headers).get_json()
    assert [row["id"] for row in listed["data"]] == [template["id"]]


def test_from_draft_to_report(
    client: FlaskClient,
    headers: dict[str, str],
    wechat: RecordingWeChat,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    template = make_message_template()
    reachable = make_reachable(template)
    make_member(marketing=True)
    make_counter_member(marketing=True)
    preview = client.post(
        f"{ROOT}/campaigns/preview", json={"message_template_id": str(template.public_id)}, headers=headers
    )
    assert preview.get_json() == {"targeted": 3, "reachable": 1, "suppressed": {"no_grant": 1, "no_openid": 1}}

    made = client.post(f"{ROOT}/campaigns", json=body(template, scheduled_at=now.isoformat()), headers=headers)
    assert made.status_code == 201, made.text
    url = f"{ROOT}/campaigns/{made.get_json()['id']}"
    assert client.get(url, headers=headers).get_json() == made.get_json()
    assert code_of(client.post(f"{url}/pause", headers=headers)) == (409, "campaign_state_conflict")
    scheduled = client.post(f"{url}/schedule", headers=headers).get_json()
    assert (scheduled["state"], scheduled["latest_start_at"]) == ("scheduled", "2026-11-20T06:00:00.000+00:00")
    assert code_of(client.post(f"{url}/schedule", headers=headers)) == (409, "campaign_state_conflict")
    assert code_of(client.patch(url, json={"name": "晚了"}, headers=headers)) == (409, "campaign_state_conflict")
    for step, state in (("pause", "paused"), ("resume", "scheduled")):
        assert client.post(f"{url}/{step}", headers=headers).get_json()["state"] == state

    assert start_campaigns(now=now) == {"started": 1, "missed": 0}
    assert expand_audiences(now=now) == {"added": 3}
    campaign_id = next(iter(_running()))
    Turn(campaign_id, is_over=lambda: False).drain()
    report = client.get(f"{url}/report", headers=headers).get_json()
    assert report == {
        "targeted": 3,
        "planned": 0,
        "sent": 1,
        "in_doubt": 0,
        "missed": 0,
        "holdout": 0,
        "suppressed": {"no_grant": 1, "no_openid": 1},
        "failed": {},
        "gifts": 0,
    }
    page = client.get(f"{url}/deliveries?limit=2", headers=headers).get_json()
    rest = client.get(f"{url}/deliveries?limit=2&cursor={page['next_cursor']}", headers=headers).get_json()
    assert [len(page["data"]), len(rest["data"]), rest["has_more"]] == [2, 1, False]
    sent = client.get(f"{url}/deliveries?state=sent", headers=headers).get_json()["data"]
    assert [(row["member_id"], row["attempts"]) for row in sent] == [(str(reachable.public_id), 1)]
    assert client.post(f"{url}/cancel", headers=headers).get_json()["state"] == "cancelled"
    assert [row["state"] for row in client.get(f"{ROOT}/campaigns", headers=headers).get_json()["data"]] == [
        "cancelled"
    ]
    assert client.get(f"{ROOT}/campaigns?state=draft", headers=headers).get_json()["data"] == []


def _running() -> list[int]:
    from app import clock
    from app.services import deliveries

    return deliveries.list_waiting_campaigns(now=clock.utc_now())


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"field_values": {"thing1": "{nick}", "date2": "{date}"}}, 422, "message_fields_invalid"),
        ({"field_values": {"thing1": "好", "date2": "{date}", "evil'--": "x"}}, 422, "invalid_input"),
        ({"days_before": 3}, 422, "invalid_input"),
        ({"kind": "birthday"}, 422, "invalid_input"),
        ({"kind": "weekly"}, 422, "invalid_input"),
        ({"sends_per_second": 0}, 422, "invalid_input"),
        ({"scheduled_at": "2026-12-12T10:00:00"}, 422, "invalid_input"),
        ({"name": "坏\u0000字"}, 422, "invalid_input"),
        ({"tier_ids": ["018f0000-0000-7000-8000-000000000000"]}, 404, "not_found"),
        ({"coupon_batch_id": "018f0000-0000-7000-8000-000000000000"}, 404, "not_found"),
        ({"message_template_id": "018f0000-0000-7000-8000-000000000000"}, 404, "not_found"),
        ({"surprise": 1}, 422, "invalid_input"),
    ],
)
def test_bad_drafts_are_refused_with_a_reason(
    client: FlaskClient, headers: dict[str, str], changes: dict[str, Any], status: int, code: str
) -> None:
    response = client.post(f"{ROOT}/campaigns", json=body(make_message_template(), **changes), headers=headers)
    assert code_of(response) == (status, code)


def test_unknown_campaigns_and_a_time_long_past(client: FlaskClient, headers: dict[str, str], now: datetime) -> None:
    for step in ("schedule", "pause", "resume", "cancel"):
        response = client.post(f"{ROOT}/campaigns/{uuid.uuid4()}/{step}", headers=headers)
        assert code_of(response) == (404, "not_found")
    past = (now - timedelta(days=365)).isoformat()
    made = client.post(
        f"{ROOT}/campaigns", json=body(make_message_template(), scheduled_at=past), headers=headers
    ).get_json()
    assert code_of(client.post(f"{ROOT}/campaigns/{made['id']}/schedule", headers=headers)) == (422, "invalid_input")


def test_roles(client: FlaskClient, db_session: Session, now: datetime) -> None:
    template = make_message_template()
    for role, reads, writes in (("auditor", 200, 403), ("manager", 200, 403), ("clerk", 403, 403), ("admin", 200, 201)):
        headers = sign_in(make_staff(role))
        assert client.get(f"{ROOT}/campaigns", headers=headers).status_code == reads
        assert client.post(f"{ROOT}/campaigns", json=body(template), headers=headers).status_code == writes
    assert client.get(f"{ROOT}/campaigns").status_code == 401


def test_job_runs_are_for_those_who_watch(client: FlaskClient, db_session: Session, now: datetime) -> None:
    from app.services import job_runs

    for number in range(3):
        job_runs.record(
            f"job_{number % 2}", started_at=now, finished_at=now, ok=True, counts={"done": number}, error=None
        )
    headers = sign_in(make_staff("auditor"))
    page = client.get(f"{ROOT}/job-runs?limit=2", headers=headers).get_json()
    assert [row["counts"] for row in page["data"]] == [{"done": 2}, {"done": 1}]
    assert page["has_more"] is True
    only = client.get(f"{ROOT}/job-runs?job=job_1", headers=headers).get_json()["data"]
    assert [row["job"] for row in only] == ["job_1"]
