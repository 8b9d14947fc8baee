"""Printing, watching and changing batches over HTTP, and giving single coupons."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models import AuditEntry
from tests.factories.coupons import give_coupon, make_batch
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store, sign_in

ROOT = "/api/console/v1"
TERMS = {"kind": "amount_off", "value_fen": 1000, "min_spend_fen": 5000, "valid_days": 30}
TEMPLATE = {"name": "满50减10", "terms": TERMS}


@pytest.fixture
def headers(client: FlaskClient, db_session: Session, now: datetime) -> dict[str, str]:
    return sign_in(make_staff("marketer"))


def batch_body(template_id: str, now: datetime, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "template_id": template_id,
        "name": "双十二",
        "how": "claim",
        "stock": 10,
        "budget_fen": 10_000,
        "per_member_limit": 1,
        "claim_starts_at": now.isoformat(),
        "claim_ends_at": (now + timedelta(days=3)).isoformat(),
    }
    return body | changes


def test_from_terms_to_a_paused_batch(client: FlaskClient, headers: dict[str, str], now: datetime) -> None:
    store = make_store(name="江边店")
    made = client.post(
        f"{ROOT}/coupon-templates", json={**TEMPLATE, "terms": {**TERMS, "stores": [store.code]}}, headers=headers
    )
    assert made.status_code == 201, made.text
    template = made.get_json()
    assert template["terms"] == {"v": 1, **TERMS, "stores": [store.code]} | dict.fromkeys(
        template["terms"].keys() - {"v", *TERMS, "stores"}
    )
    assert (template["version"], template["family_id"]) == (1, template["id"])
    assert "江边店" in template["words"]
    taken = client.post(f"{ROOT}/coupon-templates", json=TEMPLATE, headers=headers)
    assert (taken.status_code, taken.get_json()["error"]["code"]) == (409, "name_taken")
    assert client.get(f"{ROOT}/coupon-templates", headers=headers).get_json()["data"] == [template]

    printed = client.post(f"{ROOT}/coupon-batches", json=batch_body(template["id"], now), headers=headers)
    assert printed.status_code == 201, printed.text
    batch = printed.get_json()
    assert (batch["status"], batch["issued"], batch["stock_left"], batch["committed_fen"]) == ("active", 0, 10, 0)

    url = f"{ROOT}/coupon-batches/{batch['id']}"
    changed = client.patch(url, json={"status": "paused", "stock": 20}, headers=headers).get_json()
    # Money for ten, so the larger stock alone adds nothing.
    assert (changed["status"], changed["stock"], changed["stock_left"]) == ("paused", 20, 10)
    assert client.get(url, headers=headers).get_json() == changed
    assert changed["coupons"] == {"active": 0, "redeemed": 0, "expired": 0, "revoked": 0, "given": 0}
    paused = client.get(f"{ROOT}/coupon-batches?status=paused", headers=headers).get_json()
    assert [row["id"] for row in paused["data"]] == [batch["id"]]
    assert client.get(f"{ROOT}/coupon-batches?status=closed", headers=headers).get_json()["data"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"stock": 0},
        {"stock": None},
        {"budget_fen": 0},
        {"budget_fen": 999},
        {"per_member_limit": 0},
        {"how": "lottery"},
        {"min_tier_rank": -1},
        {"claim_starts_at": "2026-11-20T10:00:00"},
        {"claim_ends_at": "2026-11-20T10:00:00+08:00"},
        {"name": "a\x00b"},
        {"stock": 2**40},
        {"issued": 5},
    ],
)
def test_a_batch_needs_bounds(
    client: FlaskClient, headers: dict[str, str], now: datetime, changes: dict[str, Any]
) -> None:
    template = client.post(f"{ROOT}/coupon-templates", json=TEMPLATE, headers=headers).get_json()
    body = {**batch_body(template["id"], now), **changes}
    body = {key: value for key, value in body.items() if value is not None}
    refused = client.post(f"{ROOT}/coupon-batches", json=body, headers=headers)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "invalid_input")


def test_changes_below_what_is_out(client: FlaskClient, headers: dict[str, str], now: datetime) -> None:
    batch = make_batch(stock=5)
    for _ in range(2):
        give_coupon(make_member(), batch=batch)
    url = f"{ROOT}/coupon-batches/{batch.public_id}"
    for change, code in (
        ({"stock": 1}, "stock_below_issued"),
        ({"budget_fen": 1999}, "budget_below_committed"),
        ({"status": "gone"}, "invalid_input"),
    ):
        refused = client.patch(url, json=change, headers=headers)
        assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, code)
    english = client.patch(url, json={"stock": 1}, headers={**headers, "Accept-Language": "en"}).get_json()["error"]
    assert english["message"] == "Stock cannot be below the 2 already issued."
    assert client.patch(f"{ROOT}/coupon-batches/{uuid.uuid4()}", json={"stock": 9}, headers=headers).status_code == 404


def test_giving_one_coupon(client: FlaskClient, headers: dict[str, str], db_session: Session, now: datetime) -> None:
    batch, member = make_batch(how="issue", per_member_limit=5), make_member()
    url = f"{ROOT}/coupon-batches/{batch.public_id}/issues"
    body = {"member_id": str(member.public_id), "note": "致歉"}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    given = client.post(url, json=body, headers={**headers, **key})
    assert given.status_code == 201, given.text
    assert (given.get_json()["is_new"], given.get_json()["coupon"]["status"]) == (True, "active")
    assert client.post(url, json=body, headers={**headers, **key}).data == given.data
    audited = db_session.query(AuditEntry).filter_by(action="coupon.issue").one()
    assert (audited.details["note"], audited.details["value_fen"]) == ("致歉", 1000)
    unknown = client.post(
        url, json={**body, "member_id": str(uuid.uuid4())}, headers={**headers, "Idempotency-Key": "another"}
    )
    assert unknown.status_code == 404
    claimable = make_batch(how="claim")
    refused = client.post(
        f"{ROOT}/coupon-batches/{claimable.public_id}/issues",
        json=body,
        headers={**headers, "Idempotency-Key": "third"},
    )
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "batch_not_open")


@pytest.mark.parametrize("role", ["clerk", "manager", "auditor"])
def test_who_may_not_print(client: FlaskClient, db_session: Session, now: datetime, role: str) -> None:
    store = make_store()
    headers = sign_in(make_staff(role, at=[store] if role != "auditor" else []), store=None)
    assert client.post(f"{ROOT}/coupon-templates", json=TEMPLATE, headers=headers).status_code == 403
    reads = client.get(f"{ROOT}/coupon-batches", headers=headers).status_code
    assert reads == (403 if role == "clerk" else 200)
