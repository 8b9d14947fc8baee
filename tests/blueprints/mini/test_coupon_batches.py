"""Claiming over HTTP."""

import uuid
from datetime import datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import Coupon
from app.services import coupon_batches
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.members import make_member, sign_in
from tests.factories.staff import make_store

ROOT = "/api/mini/v1"


def keyed(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": str(uuid.uuid4())}


def test_offers_then_a_claim_then_the_limit(client: FlaskClient, db_session: Session, now: datetime) -> None:
    headers = sign_in(make_member())
    batch = make_batch(make_template(stores=[make_store(name="江边店")]), stock=3)
    offers = client.get(f"{ROOT}/coupon-batches", headers=headers).get_json()["data"]
    assert [(offer["id"], offer["state"], offer["stock_left"]) for offer in offers] == [
        (str(batch.public_id), "claimable", 3)
    ]
    assert offers[0]["terms"] == "满50元减10元 · 领取后30天内有效 · 限江边店"

    url, first = f"{ROOT}/coupon-batches/{batch.public_id}/claims", keyed(headers)
    claimed = client.post(url, headers=first)
    assert claimed.status_code == 201, claimed.text
    assert claimed.get_json()["terms"] == "满50元减10元 · 2026年12月20日前有效(含当日) · 限江边店"
    replayed = client.post(url, headers=first)
    assert (replayed.status_code, replayed.data) == (201, claimed.data)

    refused = client.post(url, headers={**keyed(headers), "Accept-Language": "en"})
    assert refused.status_code == 422
    error = refused.get_json()["error"]
    assert (error["code"], error["data"]) == ("claim_limit_reached", {"per_member_limit": 1, "per": "batch"})
    assert db_session.query(Coupon).count() == 1
    again = client.get(f"{ROOT}/coupon-batches", headers=headers).get_json()["data"]
    assert [(offer["state"], offer["stock_left"], offer["remaining_claims"]) for offer in again] == [
        ("limit_reached", 2, 0)
    ]


def test_a_refusal_tells_when_it_opens(client: FlaskClient, db_session: Session, now: datetime) -> None:
    headers = sign_in(make_member())
    batch = make_batch(starts_at=now + timedelta(hours=1))
    refused = client.post(f"{ROOT}/coupon-batches/{batch.public_id}/claims", headers=keyed(headers))
    assert refused.status_code == 422
    error = refused.get_json()["error"]
    assert error["code"] == "batch_not_open"
    assert error["data"]["claim_starts_at"].startswith("2026-11-20T03:00:00")


def test_a_gone_batch_an_unknown_one_and_no_key(client: FlaskClient, db_session: Session, now: datetime) -> None:
    headers = sign_in(make_member())
    batch = make_batch(stock=1)
    give_coupon(make_member(), batch=batch)
    url = f"{ROOT}/coupon-batches/{batch.public_id}/claims"
    assert client.post(url, headers=keyed(headers)).get_json()["error"]["code"] == "batch_exhausted"
    unknown = client.post(f"{ROOT}/coupon-batches/{uuid.uuid4()}/claims", headers=keyed(headers))
    assert (unknown.status_code, unknown.get_json()["error"]["code"]) == (404, "not_found")
    assert client.post(f"{ROOT}/coupon-batches/7/claims", headers=keyed(headers)).status_code == 404
    assert client.post(url, headers=headers).get_json()["error"]["code"] == "idempotency_key_missing"


def test_a_pause_acts_on_the_next_claim(client: FlaskClient, db_session: Session, now: datetime) -> None:
    headers, batch = sign_in(make_member()), make_batch(per_member_limit=5)
    url = f"{ROOT}/coupon-batches/{batch.public_id}/claims"
    assert client.post(url, headers=keyed(headers)).status_code == 201
    coupon_batches.change(batch.public_id, status="paused", actor=Actor.system(), now=now)
    refused = client.post(url, headers=keyed(headers)).get_json()["error"]
    assert (refused["code"], refused["data"]["status"]) == ("batch_not_open", "paused")
