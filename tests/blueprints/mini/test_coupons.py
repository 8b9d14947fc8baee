"""The wallet over HTTP."""

import uuid
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.coupons import give_coupon
from tests.factories.members import make_member, sign_in

URL = "/api/mini/v1/coupons"


def test_tabs_pages_and_counts(client: FlaskClient, db_session: Session, now: datetime) -> None:
    member = make_member()
    headers = {**sign_in(member), "Accept-Language": "en"}
    given = [give_coupon(member, valid_days=days) for days in (3, 1, 2)]
    first = client.get(f"{URL}?limit=2", headers=headers).get_json()
    assert first["counts"] == {"active": 3, "redeemed": 0, "expired": 0}
    assert first["has_more"] is True
    rest = client.get(
        URL, query_string={"cursor": first["next_cursor"], "status": "active"}, headers=headers
    ).get_json()
    shown = [coupon["id"] for coupon in first["data"] + rest["data"]]
    assert shown == [str(given[number].public_id) for number in (1, 2, 0)]
    assert first["data"][0]["terms"] == "¥10 off a bill of ¥50 or more · valid through 2026-11-21 · all stores"
    assert client.get(f"{URL}?status=expired", headers=headers).get_json()["data"] == []


def test_one_coupon_and_nobody_elses(client: FlaskClient, db_session: Session, now: datetime) -> None:
    member = make_member()
    headers = sign_in(member)
    mine, theirs = give_coupon(member), give_coupon(make_member())
    assert client.get(f"{URL}/{mine.public_id}", headers=headers).get_json()["status"] == "active"
    foreign = client.get(f"{URL}/{theirs.public_id}", headers=headers)
    missing = client.get(f"{URL}/{uuid.uuid4()}", headers=headers)
    assert foreign.status_code == missing.status_code == 404
    bodies = [answer.get_json()["error"] | {"request_id": ""} for answer in (foreign, missing)]
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("query", ["status=used", "limit=0", "limit=101", "cursor=zzz", "cursor=WzEsMl0", "tab=active"])
def test_bad_queries(client: FlaskClient, db_session: Session, now: datetime, query: str) -> None:
    refused = client.get(f"{URL}?{query}", headers=sign_in(make_member()))
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "invalid_input")
