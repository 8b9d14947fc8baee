"""Ladders and benefits over HTTP: drafted and put in force by an admin, tried by marketers, read by members."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models import AuditEntry
from app.services import growth
from jobs.settle_ladder import settle_ladder
from tests.factories import members
from tests.factories.coupons import make_batch, make_template
from tests.factories.members import make_member
from tests.factories.staff import make_staff, sign_in

ROOT = "/api/console/v1"
BODY: dict[str, Any] = {
    "name": "滚动十二个月",
    "qualification": "rolling",
    "qualification_months": 12,
    "validity_months": 12,
    "thresholds": {"basic": 0, "silver": 100, "gold": 1000, "diamond": 5000},
}
Headers = dict[str, str]


@pytest.fixture
def admin(client: FlaskClient, db_session: Session, now: datetime) -> Headers:
    return sign_in(make_staff("admin"))


def key() -> Headers:
    return {"Idempotency-Key": str(uuid.uuid4())}


def test_from_a_draft_to_the_members_page(
    client: FlaskClient, admin: Headers, db_session: Session, now: datetime
) -> None:
    old, new = make_member(nickname="老王"), make_member(nickname="小李")
    growth.add(old.id, amount=250, source="a", now=now, occurred_at=now - timedelta(days=400))
    growth.add(new.id, amount=120, source="a", now=now)
    drafted = client.post(f"{ROOT}/ladders", json=BODY, headers=admin)
    assert drafted.status_code == 201, drafted.text
    ladder = drafted.get_json()
    assert (ladder["status"], ladder["is_settling"], ladder["grace_days"]) == ("draft", False, 0)
    url = f"{ROOT}/ladders/{ladder['id']}"
    said = client.get(f"{url}/simulation", headers=sign_in(make_staff("marketer"))).get_json()
    assert (said["stay"], said["up"], said["down"]) == (0, 1, 1)
    assert sorted((one["name"], one["from_tier"], one["to_tier"], one["growth"]) for one in said["samples"]) == [
        ("小**", "basic", "silver", 120),
        ("老**", "silver", "basic", 0),
    ]
    idempotency_key = key()
    for _ in range(2):
        put = client.post(f"{url}/activation", headers={**admin, **idempotency_key})
        assert (put.status_code, put.get_json()["status"], put.get_json()["is_settling"]) == (200, "active", True)
    again = client.post(f"{url}/activation", headers={**admin, **key()})
    assert (again.status_code, again.get_json()["error"]["code"]) == (409, "ladder_not_draft")
    second = client.post(f"{ROOT}/ladders", json=BODY, headers=admin).get_json()["id"]
    waiting = client.post(f"{ROOT}/ladders/{second}/activation", headers={**admin, **key()})
    assert (waiting.status_code, waiting.get_json()["error"]["code"]) == (409, "ladder_settling")
    assert settle_ladder(now=now) == {"looked_at": 2, "moved": 2}
    listed = client.get(f"{ROOT}/ladders?limit=2", headers=admin).get_json()
    assert [(one["status"], one["is_settling"]) for one in listed["data"]] == [("draft", False), ("active", False)]
    assert listed["has_more"]
    mine = client.get("/api/mini/v1/tiers", headers=members.sign_in(new)).get_json()
    assert (mine["mine"]["tier"]["badge"]["code"], mine["valid_through"], mine["keep_needed"]) == (
        "silver",
        "2027-11-20",
        100,
    )
    assert mine["how_earned"] == "近 12 个月的成长值达到门槛即升级，等级有效 12 个月。"
    assert mine["how_kept"] == "当前等级有效至 2027-11-20，再获得 100 成长值即可保级。"
    actions = [row.action for row in db_session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions.count("ladder.create") == 2
    assert actions.count("ladder.activate") == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"thresholds": {**BODY["thresholds"], "gold": 100}}, "ladder_overlaps"),
        ({"validity_months": None}, "invalid_input"),
        ({"qualification": "for_ever"}, "invalid_input"),
        ({"grace_days": 181}, "invalid_input"),
        ({"thresholds": {**BODY["thresholds"], "gold": -1}}, "invalid_input"),
        ({"status": "active"}, "invalid_input"),
    ],
)
def test_a_wrong_ladder_is_not_drafted(client: FlaskClient, admin: Headers, changes: dict[str, Any], code: str) -> None:
    answer = client.post(f"{ROOT}/ladders", json={**BODY, **changes}, headers=admin)
    assert answer.status_code in (400, 422)
    assert answer.get_json()["error"]["code"] == code
    assert len(client.get(f"{ROOT}/ladders", headers=admin).get_json()["data"]) == 1


def test_benefits_are_set_read_and_taken_away(
    client: FlaskClient, admin: Headers, db_session: Session, now: datetime
) -> None:
    tier = next(one for one in client.get(f"{ROOT}/tiers", headers=admin).get_json()["data"] if one["code"] == "silver")
    url = f"{ROOT}/tiers/{tier['id']}/benefits"
    batch = make_batch(make_template(name="满50减10"), how="issue")
    taken = make_batch(how="claim")
    put = client.put(f"{url}/monthly_pack", json={"coupon_batch_id": str(batch.public_id)}, headers=admin)
    assert (put.status_code, put.get_json()["words"]) == (200, "每月礼券：满50减10")
    assert client.put(f"{url}/discount", json={"discount_bp": 500}, headers=admin).get_json()["words"] == "享 9.5 折"
    assert client.put(f"{url}/priority", json={}, headers=admin).status_code == 200
    refused = client.put(f"{url}/upgrade_gift", json={"coupon_batch_id": str(taken.public_id)}, headers=admin)
    assert refused.get_json()["error"]["code"] == "batch_not_open"
    assert client.put(f"{url}/upgrade_gift", json={}, headers=admin).get_json()["error"]["code"] == "invalid_input"
    assert client.put(f"{url}/free_lunch", json={}, headers=admin).status_code == 404
    assert [client.delete(f"{url}/priority", headers=admin).status_code for _ in range(2)] == [204, 404]
    english = client.get(url, headers={**admin, "Accept-Language": "en"}).get_json()["data"]
    assert [one["words"] for one in english] == ["Every month: 满50减10", "5% off"]
    member = members.sign_in(make_member())
    rungs = client.get("/api/mini/v1/tiers", headers=member).get_json()["ladder"]
    assert [rung["benefits"] for rung in rungs[:2]] == [[], ["每月礼券：满50减10", "享 9.5 折"]]
    actions = [row.action for row in db_session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions.count("tier_benefit.put") == 3
    assert actions.count("tier_benefit.remove") == 1
