"""Codes at the console: made in the background, watched, exported, handed in."""

import uuid
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEntry
from app.rules import coupon_code
from jobs.make_coupon_codes import make_coupon_codes
from tests.factories import staff
from tests.factories.coupons import make_batch
from tests.factories.staff import make_staff

ROOT = "/api/console/v1"


@pytest.fixture
def headers(client: FlaskClient, now: datetime) -> dict[str, str]:
    return staff.sign_in(make_staff("marketer"))


def post(client: FlaskClient, headers: dict[str, str], path: str, body: dict[str, Any]) -> Any:
    return client.post(f"{ROOT}/{path}", headers={**headers, "Idempotency-Key": str(uuid.uuid4())}, json=body)


def codes(count: int) -> list[str]:
    return [coupon_code.shown(coupon_code.of_number(number)) for number in range(1, count + 1)]


def test_ordered_made_watched_and_exported(
    client: FlaskClient, db_session: Session, headers: dict[str, str], now: datetime
) -> None:
    batch = make_batch(how="code", stock=1200)
    path = f"coupon-batches/{batch.public_id}/code-runs"
    ordered = post(client, headers, path, {"wanted": 1101})
    assert ordered.status_code == 201, ordered.text
    run = ordered.get_json()
    assert (run["state"], run["made"], run["progress_percent"]) == ("planned", 0, 0)
    above = post(client, headers, path, {"wanted": 100}).get_json()["error"]
    assert (above["code"], above["data"]) == ("codes_above_stock", {"stock": 1200, "codes": 1101, "wanted": 100})
    url = f"{ROOT}/coupon-code-runs/{run['id']}"
    early = client.get(f"{url}/codes.csv", headers=headers)
    assert (early.status_code, early.get_json()["error"]["code"]) == (422, "code_run_not_done")

    assert [make_coupon_codes(now=now) for _ in range(2)] == [{"made": 1101}, {"made": 0}]
    seen = client.get(url, headers=headers).get_json()
    assert (seen["state"], seen["made"], seen["progress_percent"], seen["used"]) == ("done", 1101, 100, 0)
    assert client.get(f"{ROOT}/{path}", headers=headers).get_json()["data"] == [seen]
    tables = [client.get(f"{url}/codes.csv", headers=headers).get_data(as_text=True) for _ in range(2)]
    assert tables[0] == tables[1]
    lines = tables[0].removeprefix("\ufeff").splitlines()
    assert lines[0] == "序号,券码,使用时间"
    assert len({line.split(",")[1] for line in lines[1:]}) == 1101
    assert all(coupon_code.parse(line.split(",")[1]) for line in lines[1:])
    actions = db_session.scalars(select(AuditEntry.action).where(AuditEntry.object_kind == "coupon_code_run")).all()
    assert sorted(actions) == ["coupon_code_run.create", "coupon_code_run.export", "coupon_code_run.export"]
    # What we exported can be handed in, and is known.
    again = post(client, headers, f"coupon-batches/{batch.public_id}/code-imports", {"csv": "\n".join(lines)})
    assert again.get_json() == {"run_id": None, "added": 0, "known": 1101}


def test_a_run_is_stopped(client: FlaskClient, db_session: Session, headers: dict[str, str]) -> None:
    batch = make_batch(how="code")
    run = post(client, headers, f"coupon-batches/{batch.public_id}/code-runs", {"wanted": 5}).get_json()
    url = f"{ROOT}/coupon-code-runs/{run['id']}/cancellation"
    assert client.post(url, headers=headers).get_json()["state"] == "cancelled"
    assert client.post(url, headers=headers).get_json()["error"]["code"] == "code_run_ended"
    assert make_coupon_codes(now=batch.created_at) == {"made": 0}


def test_five_thousand_codes_in_one_request(client: FlaskClient, db_session: Session, headers: dict[str, str]) -> None:
    path = f"coupon-batches/{make_batch(how='code', stock=6000).public_id}/code-imports"
    taken = post(client, headers, path, {"codes": codes(5000)})
    assert taken.status_code == 201, taken.text
    assert (taken.get_json()["added"], taken.get_json()["known"]) == (5000, 0)
    again = post(client, headers, path, {"codes": codes(5000)}).get_json()
    assert again == {"run_id": None, "added": 0, "known": 5000}
    too_many = post(client, headers, path, {"codes": codes(5001)})
    assert (too_many.status_code, too_many.get_json()["error"]["code"]) == (422, "invalid_input")
    by_csv = post(client, headers, path, {"csv": "code\n" + "\n".join(codes(5001))})
    assert (by_csv.status_code, by_csv.get_json()["error"]["code"]) == (422, "invalid_input")
    huge = post(client, headers, path, {"csv": "x" * 600_000})
    assert (huge.status_code, huge.get_json()["error"]["code"]) == (413, "body_too_large")
    # Only this door takes so much.
    elsewhere = post(client, headers, "coupon-templates", {"name": "x" * 100_000})
    assert elsewhere.status_code == 413


def test_faults_are_told_by_their_lines(client: FlaskClient, db_session: Session, headers: dict[str, str]) -> None:
    path = f"coupon-batches/{make_batch(how='code').public_id}/code-imports"
    good = codes(2)
    text = f"\n\ncode\n{good[0]}\n7Q2M-XK4D-9HPA-Z\n{good[1]}\n{good[0].lower()}\n"
    refused = post(client, headers, path, {"csv": text}).get_json()["error"]
    assert (refused["code"], refused["data"]) == (
        "coupon_codes_refused",
        {"faults": 2, "lines": [{"line": 5, "reason": "check_character"}, {"line": 7, "reason": "repeated"}]},
    )
    for body in ({}, {"codes": good, "csv": good[0]}, {"csv": "\n\n"}):
        assert post(client, headers, path, body).get_json()["error"]["code"] == "invalid_input", body
    claimed = post(client, headers, f"coupon-batches/{make_batch().public_id}/code-imports", {"codes": good})
    assert claimed.get_json()["error"]["code"] == "batch_not_for_codes"
