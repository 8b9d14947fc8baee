"""Corrections over HTTP: asked for, listed, decided, and refused in words."""

import uuid
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.models import Member
from app.services import points
from tests.factories.members import make_member
from tests.factories.staff import make_staff, sign_in

ADJUSTMENTS = "/api/console/v1/adjustments"


class Desk:
    """A manager, an admin and an auditor at the console, each request with a key of its own."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.people = {role: sign_in(make_staff(role, display_name=role)) for role in ("manager", "admin", "auditor")}

    def post(self, path: str = "", *, by: str, key: str | None = None, body: dict[str, Any] | None = None) -> Any:
        headers = {**self.people[by], "Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(f"{ADJUSTMENTS}{path}", headers=headers, json=body)

    def ask(self, member: Member, amount: Any, *, key: str | None = None, **changes: Any) -> Any:
        why = {"ledger": "points", "reason_code": "goodwill", "reason": "等候太久，致歉"}
        body = {"member_id": str(member.public_id), "amount": amount, **why, **changes}
        return self.post(by="manager", key=key, body=body)

    def list(self, query: str = "") -> Any:
        return self.client.get(ADJUSTMENTS + query, headers=self.people["auditor"]).get_json()


@pytest.fixture
def desk(client: FlaskClient, now: datetime) -> Desk:
    return Desk(client)


def test_a_correction_is_booked_once_per_key(desk: Desk, now: datetime) -> None:
    member = make_member(nickname="阿雨", phone="13800138000")
    first, again = (desk.ask(member, 200, key="K1") for _ in range(2))
    assert (first.status_code, first.data) == (201, again.data)
    told = first.get_json()
    assert told["member"] == {"id": str(member.public_id), "nickname": "阿雨", "phone_masked": "138****8000"}
    assert (told["state"], told["requested_by"], told["decided_by"]) == ("booked", "manager", None)
    assert points.spendable(member.id, now=now) == 200


def test_a_large_one_waits_for_a_second_person(desk: Desk, now: datetime) -> None:
    member = make_member()
    asked = desk.ask(member, 5_000).get_json()
    desk.ask(member, 1)
    assert asked["state"] == "waiting"
    assert [row["id"] for row in desk.list("?state=waiting")["data"]] == [asked["id"]]
    assert len(desk.list()["data"]) == 2
    page = desk.list("?limit=1")
    assert [row["id"] for row in desk.list(f"?limit=1&cursor={page['next_cursor']}")["data"]] == [asked["id"]]
    own = desk.post(f"/{asked['id']}/approval", by="manager")
    assert (own.status_code, own.get_json()["error"]["code"]) == (403, "second_person_needed")
    approved = desk.post(f"/{asked['id']}/approval", by="admin")
    assert (approved.status_code, approved.get_json()["decided_by"]) == (200, "admin")
    twice = desk.post(f"/{asked['id']}/approval", by="admin")
    assert (twice.status_code, twice.get_json()["error"]["code"]) == (409, "adjustment_decided")
    assert points.spendable(member.id, now=now) == 5_001
    one = desk.client.get(f"{ADJUSTMENTS}/{asked['id']}", headers=desk.people["auditor"]).get_json()
    assert one["state"] == "booked"


def test_a_rejection_tells_why_in_the_audit(desk: Desk, now: datetime) -> None:
    asked = desk.ask(make_member(), -5_000).get_json()
    assert desk.post(f"/{asked['id']}/rejection", by="admin", body={}).status_code == 422
    rejected = desk.post(f"/{asked['id']}/rejection", by="admin", body={"reason": "没有凭证"}).get_json()
    assert rejected["state"] == "rejected"
    rows = desk.client.get("/api/console/v1/audit-entries", headers=desk.people["auditor"]).get_json()["data"]
    told = [(row["action"], row["details"]["reason"]) for row in rows if row["object_kind"] == "adjustment"]
    assert told == [("adjustment.reject", "没有凭证"), ("adjustment.request", "等候太久，致歉")]


def test_a_shortage_is_refused_and_forgotten(desk: Desk, now: datetime) -> None:
    refused = desk.ask(make_member(), -10)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "insufficient_points")
    assert desk.list()["data"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 0},
        {"amount": 100_000_001},
        {"amount": -100_000_001},
        {"amount": 1.0},
        {"amount": "5"},
        {"amount": True},
        {"ledger": "coupons"},
        {"reason_code": "because"},
        {"reason": "嗯"},
        {"reason": "   \u3000 "},
        {"state": "booked"},
    ],
    ids=str,
)
def test_a_bad_request_changes_nothing(desk: Desk, now: datetime, changes: dict[str, Any]) -> None:
    body: dict[str, Any] = {"amount": 5} | changes
    refused = desk.ask(make_member(), body.pop("amount"), **body)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "invalid_input")
    assert desk.list()["data"] == []


def test_who_is_not_there_cannot_be_corrected(desk: Desk, now: datetime) -> None:
    nobody = make_member()
    nobody.status = "erased"
    assert desk.ask(nobody, 5).status_code == 404
    assert desk.post(f"/{uuid.uuid4()}/approval", by="admin").status_code == 404
