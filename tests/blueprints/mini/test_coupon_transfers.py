"""Gifts over HTTP."""

import uuid
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.factories.coupons import give_coupon
from tests.factories.members import make_member, sign_in

ROOT = "/api/mini/v1"


def keyed(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": str(uuid.uuid4())}


def accept(client: FlaskClient, headers: dict[str, str], token: str) -> Any:
    return client.post(f"{ROOT}/coupon-transfers/acceptances", headers=keyed(headers), json={"token": token})


def test_shared_taken_back_shared_and_accepted(client: FlaskClient, db_session: Session, now: datetime) -> None:
    giver, friend, stranger = make_member(), make_member(), make_member()
    mine = give_coupon(giver, transferable=True)
    ours, theirs = sign_in(giver), sign_in(friend)
    url = f"{ROOT}/coupons/{mine.public_id}/transfers"
    first = client.post(url, headers=ours)
    assert first.status_code == 201, first.text
    told = first.get_json()
    assert (told["state"], told["direction"], told["coupon_id"]) == ("open", "given", str(mine.public_id))
    assert told["expires_at"] == "2026-11-21T02:00:00.000+00:00"
    repeat = client.post(url, headers=ours)
    assert (repeat.status_code, repeat.get_json()["error"]["code"]) == (409, "transfer_open")

    back = client.post(f"{ROOT}/coupon-transfers/{told['id']}/revocation", headers=keyed(ours))
    assert (back.status_code, back.get_json()["state"]) == (200, "revoked")
    late = accept(client, theirs, told["token"])
    assert (late.status_code, late.get_json()["error"]["code"]) == (422, "transfer_ended")

    token = client.post(url, headers=ours).get_json()["token"]
    assert accept(client, ours, token).get_json()["error"]["code"] == "transfer_to_oneself"
    got = accept(client, theirs, token)
    assert got.status_code == 201, got.text
    assert (got.get_json()["status"], got.get_json()["id"] != str(mine.public_id)) == ("active", True)
    assert accept(client, theirs, token).get_json()["id"] == got.get_json()["id"]
    assert accept(client, sign_in(stranger), token).get_json()["error"]["code"] == "transfer_ended"
    listed = client.get(f"{ROOT}/coupon-transfers", headers=theirs).get_json()["data"]
    assert [(one["direction"], one["state"], one["coupon_id"]) for one in listed] == [
        ("received", "accepted", got.get_json()["id"])
    ]
    assert "token" not in listed[0]
    wallet = client.get(f"{ROOT}/coupons/{mine.public_id}", headers=ours).get_json()
    assert (wallet["status"], wallet["can_be_given"]) == ("given", False)


def test_a_token_is_kept_nowhere(client: FlaskClient, db_session: Session, now: datetime) -> None:
    giver = make_member()
    mine = give_coupon(giver, transferable=True)
    token = client.post(f"{ROOT}/coupons/{mine.public_id}/transfers", headers=sign_in(giver)).get_json()["token"]
    for table in ("coupon_transfer", "idempotency_key", "audit_entry", "member_event"):
        assert token not in " ".join(db_session.scalars(text(f"SELECT t::text FROM {table} t"))), table  # noqa: S608
