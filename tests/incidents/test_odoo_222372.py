"""Odoo #222372: on a bad line the shop confirmed an order twice, and the points were given twice.

Here a bill sent again with its key gets the first answer, byte by byte; sent again by a till that lost its key it finds the scan
used up, and by one that scanned once more, the coupon redeemed. One purchase, one discount, points once."""

import uuid
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.models import Purchase, Redemption
from tests.factories.coupons import give_coupon
from tests.factories.members import make_member
from tests.factories.staff import sign_in
from tests.incidents.desk import Desk, standing


def test_a_bill_confirmed_five_times_counts_once(client: FlaskClient, db_session: Session, now: datetime) -> None:
    desk, member = Desk.make(), make_member()
    coupon = give_coupon(member)
    signed_in = sign_in(desk.clerk, store=desk.store)
    body = {"visit_id": str(desk.visit(member)), "coupon_id": str(coupon.public_id), "bill_fen": 8_000}

    def confirm(key: str, **changes: Any) -> TestResponse:
        headers = {**signed_in, "Idempotency-Key": key}
        return client.post("/api/store/v1/redemptions", json=body | changes, headers=headers)

    key = str(uuid.uuid4())
    first, *again = [confirm(key) for _ in range(3)]
    assert first.status_code == 201, first.text
    assert [(answer.status_code, answer.data) for answer in again] == [(201, first.data)] * 2
    # The till was switched off and on: its key is gone.
    assert confirm(str(uuid.uuid4())).get_json()["error"]["code"] == "visit_ended"
    scanned_again = confirm(str(uuid.uuid4()), visit_id=str(desk.visit(member)))
    assert scanned_again.get_json()["error"]["code"] == "already_redeemed"
    assert (db_session.query(Purchase).count(), db_session.query(Redemption).count()) == (1, 1)
    assert standing(member) == (70, 0, 70)
