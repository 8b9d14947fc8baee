"""Payers, batches they pay for, and settling with them over HTTP: JSON and tables."""

import csv
import io
import uuid
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.models import Staff, Store
from tests.conftest import Clock
from tests.factories.coupons import make_batch, make_template
from tests.factories.payers import make_paid_batch, make_payer, undo, use
from tests.factories.staff import make_staff, make_store, sign_in

ROOT = "/api/console/v1"
NOVEMBER = {"first_on": "2026-11-01", "until_on": "2026-12-01"}
QUERY = "first_on=2026-11-01&until_on=2026-12-01"


@pytest.fixture
def admin(client: FlaskClient, now: datetime) -> dict[str, str]:
    return sign_in(make_staff("admin", display_name="张会计"))


def fresh(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": str(uuid.uuid4())}


def table(response: Any) -> list[list[str]]:
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"), newline="")))


def counter() -> tuple[Staff, Store]:
    store = make_store()
    return make_staff("manager", at=[store]), store


def test_a_payer_and_its_batches(client: FlaskClient, admin: dict[str, str], now: datetime) -> None:
    body = {"code": "TEA-1", "name": "茶厂", "kind": "supplier"}
    made = client.post(f"{ROOT}/payers", json=body, headers=fresh(admin))
    assert made.status_code == 201, made.text
    payer = made.get_json()
    assert {**payer, **body, "is_active": True} == payer
    taken = client.post(f"{ROOT}/payers", json={**body, "code": "TEA-2"}, headers=fresh(admin)).get_json()["error"]
    assert taken["code"] == "name_taken"
    assert client.post(f"{ROOT}/payers", json={**body, "name": "别家"}, headers=fresh(admin)).status_code == 409
    batch = {
        "template_id": str(make_template().public_id),
        "name": "茶券",
        "how": "claim",
        "stock": 10,
        "budget_fen": 10_000,
        "per_member_limit": 1,
        "payer_id": payer["id"],
        "payer_share_bp": 3_000,
        "claim_starts_at": "2026-11-20T10:00:00+08:00",
        "claim_ends_at": "2026-11-30T10:00:00+08:00",
    }
    printed = client.post(f"{ROOT}/coupon-batches", json=batch, headers=admin)
    assert printed.status_code == 201, printed.text
    told = client.get(f"{ROOT}/coupon-batches", headers=admin).get_json()["data"][0]
    assert (told["payer_id"], told["payer_name"], told["payer_share_bp"]) == (payer["id"], "茶厂", 3_000)
    alone = client.post(f"{ROOT}/coupon-batches", json={**batch, "name": "b", "payer_id": None}, headers=admin)
    assert (alone.status_code, alone.get_json()["error"]["code"]) == (422, "invalid_input")
    stopped = client.patch(f"{ROOT}/payers/{payer['id']}", json={"is_active": False, "name": "老茶厂"}, headers=admin)
    assert (stopped.get_json()["is_active"], stopped.get_json()["name"]) == (False, "老茶厂")
    refused = client.post(f"{ROOT}/coupon-batches", json={**batch, "name": "c"}, headers=admin).get_json()["error"]
    assert (refused["code"], refused["message"]) == ("payer_closed", "承担方“老茶厂”已停用，请另选或先启用。")
    assert [one["id"] for one in client.get(f"{ROOT}/payers", headers=admin).get_json()["data"]] == [payer["id"]]


def test_from_an_account_to_a_closed_period(client: FlaskClient, admin: dict[str, str], standing_clock: Clock) -> None:
    now = standing_clock.now
    payer, (person, store) = make_payer(name="茶厂"), counter()
    # A name that a spreadsheet would run.
    batch = make_paid_batch(payer, share_bp=3_333, value_fen=1_000)
    batch.name = "=HYPERLINK(1)"
    used = [use(batch, clerk=person, store=store, now=now) for _ in range(3)]
    use(make_batch(), clerk=person, store=store, now=now)
    url = f"{ROOT}/payers/{payer.public_id}"
    account = client.get(f"{url}/account?{QUERY}", headers=admin).get_json()
    totals = {
        "redeemed": 3,
        "returned": 0,
        "discount_fen": 3_000,
        "cost_fen": 3_000,
        "payer_fen": 999,
        "shop_fen": 2_001,
    }
    assert account == {**NOVEMBER, "totals": totals}
    early = client.post(f"{url}/settlements", json=NOVEMBER, headers=fresh(admin))
    assert (early.status_code, early.get_json()["error"]["code"]) == (422, "period_not_over")

    standing_clock.move(days=20)
    later = sign_in(make_staff("auditor", display_name="张会计"), now=standing_clock.now)
    closed = client.post(f"{url}/settlements", json=NOVEMBER, headers=fresh(later))
    assert closed.status_code == 201, closed.text
    told = closed.get_json()
    assert (told["totals"], told["closed_by"], told["payer_name"]) == (totals, "张会计", "茶厂")
    assert client.post(f"{url}/settlements", json=NOVEMBER, headers=fresh(later)).get_json() == told
    undo(used[0], clerk=person, store=store, now=standing_clock.now)
    assert client.get(f"{ROOT}/settlements/{told['id']}", headers=later).get_json() == told
    assert client.get(f"{url}/settlements", headers=later).get_json()["data"] == [told]
    lines = client.get(f"{ROOT}/settlements/{told['id']}/lines", headers=later).get_json()["data"]
    assert [(line["kind"], line["times"], line["payer_fen"], line["share_bp"]) for line in lines] == [
        ("redeemed", 3, 999, 3_333)
    ]
    written = client.get(f"{ROOT}/settlements/{told['id']}/lines.csv", headers=later)
    assert written.headers["Content-Disposition"].endswith(f"settlement-{payer.code}-2026-11-01-2026-12-01.csv")
    rows = table(written)
    assert rows[0][:3] == ["批次", "券", "类型"]
    assert rows[1][0] == "'=HYPERLINK(1)"
    assert rows[1][2:] == ["核销", "3333", "3", "3000", "3000", "999", "2001"]
    assert rows[2] == ["合计", "", "", "", "", "3000", "3000", "999", "2001"]
    december = "first_on=2026-12-01&until_on=2027-01-01"
    back = client.get(f"{url}/account/lines?{december}", headers=later).get_json()["data"]
    assert [(line["kind"], line["times"], line["payer_fen"], line["shop_fen"]) for line in back] == [
        ("returned", 1, -333, -667)
    ]
    english = table(client.get(f"{url}/account.csv?{december}", headers={**later, "Accept-Language": "en"}))
    assert english[1][2:] == ["Returned", "3333", "1", "-1000", "-1000", "-333", "-667"]
    gap = client.post(
        f"{url}/settlements", json={"first_on": "2026-12-02", "until_on": "2026-12-05"}, headers=fresh(later)
    ).get_json()["error"]
    assert (gap["code"], gap["data"]) == ("settlement_out_of_turn", {"first_on": "2026-12-01"})


@pytest.mark.parametrize(
    "query",
    ["", "first_on=2026-11-01", "first_on=2026-12-01&until_on=2026-11-01", "first_on=2026-01-01&until_on=2027-12-01"],
)
def test_a_period_is_asked_for(client: FlaskClient, admin: dict[str, str], query: str) -> None:
    refused = client.get(f"{ROOT}/payers/{make_payer().public_id}/account?{query}", headers=admin)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "invalid_input")
