"""Reports of coupons over HTTP: each answers in JSON, and in a table where it is one."""

import csv
import io
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.extensions import db
from app.models import RedemptionAttempt
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.members import make_member
from tests.factories.payers import make_paid_batch, make_payer, use
from tests.factories.staff import make_staff, make_store, sign_in

REPORTS = "/api/console/v1/reports"
QUERY = "first_on=2026-11-01&until_on=2026-12-01"


@pytest.fixture
def headers(client: FlaskClient, now: datetime) -> dict[str, str]:
    return sign_in(make_staff("manager"))


@pytest.fixture
def batch_id(now: datetime, client: FlaskClient) -> str:
    """One coupon used, one not, one refused."""
    store = make_store(name="江边店")
    person = make_staff("clerk", at=[store], display_name="王芳")
    batch = make_paid_batch(make_payer(name="茶厂"), share_bp=5_000, name="茶券")
    use(batch, clerk=person, store=store, now=now, bill_fen=9_000)
    give_coupon(make_member(), batch=batch)
    make_batch(make_template(name="没人要"))
    attempt = RedemptionAttempt(store_id=store.id, staff_id=person.id, reason="coupon_expired", tried_at=now)
    db.session.add(attempt)
    db.session.flush()
    return str(batch.public_id)


def table(response: Any) -> list[list[str]]:
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"), newline="")))


def test_the_programme(client: FlaskClient, headers: dict[str, str], batch_id: str) -> None:
    told = client.get(f"{REPORTS}/coupons?{QUERY}", headers=headers).get_json()
    figures = told["figures"]
    assert (figures["issued"], figures["used"], figures["used_bp"], figures["by_way"]) == (2, 1, 5_000, {"claim": 2})
    assert (figures["cost_fen"], figures["payer_fen"], figures["shop_fen"]) == (1_000, 500, 500)
    assert told["bills"]["with_coupon"] == {
        "bills": 1,
        "bill_fen": 9_000,
        "paid_fen": 8_000,
        "average_bill_fen": 9_000,
        "average_paid_fen": 8_000,
    }
    assert told["bills"]["without"]["average_bill_fen"] is None


def test_batches_and_one_of_them(client: FlaskClient, headers: dict[str, str], batch_id: str) -> None:
    page = client.get(f"{REPORTS}/coupon-batches?{QUERY}&limit=1", headers=headers).get_json()
    assert (page["has_more"], page["data"][0]["coupon"], page["data"][0]["figures"]["issued"]) == (True, "没人要", 0)
    rest = client.get(f"{REPORTS}/coupon-batches?{QUERY}&cursor={page['next_cursor']}", headers=headers).get_json()
    (line,) = rest["data"]
    assert (line["id"], line["payer"], line["status"]) == (batch_id, "茶厂", "active")
    assert (line["budget_fen"], line["committed_fen"], line["spent_fen"], line["spent_bp"]) == (
        100_000,
        2_000,
        1_000,
        100,
    )
    report = client.get(f"{REPORTS}/coupon-batches/{batch_id}?{QUERY}", headers=headers).get_json()
    assert report["batch"] == line
    assert report["curve"] == [{"day": 0, "coupons": 1, "so_far": 1, "so_far_bp": 5_000}]
    assert [(store["name"], store["redemptions"]) for store in report["stores"]] == [("江边店", 1)]
    rows = table(client.get(f"{REPORTS}/coupon-batches.csv?{QUERY}", headers=headers))
    assert [row[1] for row in rows] == ["券", "没人要", "茶券"]
    assert rows[2][2:6] == ["进行中", "茶厂", "2", "claim:2"]
    assert {len(row) for row in rows} == {22}


def test_templates_and_the_most_used(client: FlaskClient, headers: dict[str, str], batch_id: str) -> None:
    page = client.get(f"{REPORTS}/coupon-templates?{QUERY}", headers=headers).get_json()
    assert [(one["name"], one["batches"], one["figures"]["redemptions"]) for one in page["data"]] == [
        ("没人要", 1, 0),
        ("茶券", 1, 1),
    ]
    rows = table(client.get(f"{REPORTS}/coupon-templates.csv?{QUERY}", headers=headers))
    assert [row[0] for row in rows[1:]] == ["没人要", "茶券"]
    top = client.get(f"{REPORTS}/top-rewards?{QUERY}&by=rate&min_issued=2", headers=headers).get_json()
    assert [(one["name"], one["figures"]["used_bp"]) for one in top["rewards"]] == [("茶券", 5_000)]
    assert client.get(f"{REPORTS}/top-rewards?{QUERY}&by=rate", headers=headers).get_json()["rewards"] == []
    english = table(client.get(f"{REPORTS}/top-rewards.csv?{QUERY}", headers={**headers, "Accept-Language": "en"}))
    assert (english[0][:3], english[1][0]) == (["Coupon", "Issued", "By way"], "茶券")


def test_at_the_counters(client: FlaskClient, headers: dict[str, str], batch_id: str) -> None:
    stores = client.get(f"{REPORTS}/coupon-stores?{QUERY}", headers=headers).get_json()["data"]
    assert [(one["name"], one["redemptions"], one["refused"], one["cost_fen"]) for one in stores] == [
        ("江边店", 1, 1, 1_000)
    ]
    at = f"{QUERY}&store_id={stores[0]['id']}"
    people = client.get(f"{REPORTS}/coupon-clerks?{at}", headers=headers).get_json()["data"]
    assert [(one["name"], one["redemptions"], one["refused"]) for one in people] == [("王芳", 1, 1)]
    reasons = client.get(f"{REPORTS}/coupon-refusals?{at}", headers=headers).get_json()["reasons"]
    words = "该券已过期，请换一张券。"
    assert reasons == [{"reason": "coupon_expired", "words": words, "times": 1, "stores": 1, "people": 1}]
    assert table(client.get(f"{REPORTS}/coupon-stores.csv?{QUERY}", headers=headers))[1:] == [
        ["江边店", "1", "0", "0", "1", "1000", "1000"]
    ]
    assert table(client.get(f"{REPORTS}/coupon-clerks.csv?{at}", headers=headers))[1][0] == "王芳"
    assert table(client.get(f"{REPORTS}/coupon-refusals.csv?{QUERY}", headers=headers))[1] == [
        "coupon_expired",
        words,
        "1",
        "1",
        "1",
    ]
    unknown = f"{QUERY}&store_id={batch_id}"
    assert client.get(f"{REPORTS}/coupon-clerks?{unknown}", headers=headers).status_code == 422
    assert client.get(f"{REPORTS}/coupon-clerks?{QUERY}", headers=headers).status_code == 422


def test_marketers_do_not_read_how_people_work(client: FlaskClient, batch_id: str) -> None:
    marketer = sign_in(make_staff("marketer"))
    assert client.get(f"{REPORTS}/coupon-clerks?{QUERY}", headers=marketer).status_code == 403
    assert client.get(f"{REPORTS}/coupon-stores?{QUERY}", headers=marketer).status_code == 200
