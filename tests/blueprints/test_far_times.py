"""Times at the ends of the calendar: refused at the door, so that no row is stored that nobody can read again."""

import base64
import json
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from tests.factories import staff
from tests.factories.coupons import make_template
from tests.factories.members import make_member, sign_in
from tests.factories.messages import make_campaign, make_message_template

CONSOLE = "/api/console/v1"
# The first would be year 10000 in UTC, the second year 0; a day added to the others leaves the calendar.
FAR = (
    "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00Z", "0001-01-01T00:00:00Z",
)  # fmt: skip


@pytest.mark.parametrize("field", ["claim_starts_at", "claim_ends_at"])
@pytest.mark.parametrize("at", FAR)
def test_a_batch_cannot_hide_every_offer(client: FlaskClient, now: datetime, field: str, at: str) -> None:
    headers = staff.sign_in(staff.make_staff("admin"))
    window = {"claim_starts_at": "2026-11-20T00:00:00Z", "claim_ends_at": "2027-01-01T00:00:00Z", field: at}
    terms = {"name": "x", "how": "claim", "stock": 1, "budget_fen": 100_000, "per_member_limit": 1}
    body = {"template_id": str(make_template().public_id), **terms, **window}
    refused = client.post(f"{CONSOLE}/coupon-batches", headers=headers, json=body)
    assert (refused.status_code, list(refused.json["error"]["data"]["fields"])) == (422, [f"json.{field}"])
    offers = client.get("/api/mini/v1/coupon-batches", headers=sign_in(make_member()))
    assert (offers.status_code, offers.json["data"]) == (200, [])


@pytest.mark.parametrize("at", FAR)
def test_a_campaign_has_a_time_that_can_come(client: FlaskClient, now: datetime, at: str) -> None:
    headers = staff.sign_in(staff.make_staff("admin"))
    texts = {"thing1": "上新", "date2": "2026年12月1日"}
    body = {"name": "x", "kind": "one_off", "field_values": texts, "scheduled_at": at}
    body["message_template_id"] = str(make_message_template().public_id)
    assert client.post(f"{CONSOLE}/campaigns", headers=headers, json=body).status_code == 422
    assert client.get(f"{CONSOLE}/campaigns", headers=headers).status_code == 200


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "1999-12-31", "3000-01-01"])
def test_no_shop_was_open_on_that_day(client: FlaskClient, now: datetime, on: str) -> None:
    store = staff.make_store()
    headers = staff.sign_in(staff.make_staff("clerk", at=[store]), store=store)
    refused = client.get(f"/api/store/v1/redemptions?on={on}", headers=headers)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("text", ["\ud800", "a\x00"])
def test_a_cursor_holds_only_text_that_can_be_stored(client: FlaskClient, now: datetime, text: str) -> None:
    headers = staff.sign_in(staff.make_staff("admin"))
    cursor = base64.urlsafe_b64encode(json.dumps([text, 1]).encode()).decode().rstrip("=")
    campaign = make_campaign().public_id
    refused = client.get(f"{CONSOLE}/campaigns/{campaign}/deliveries?cursor={cursor}", headers=headers)
    assert (refused.status_code, refused.json["error"]["data"].get("field")) == (422, "cursor")
