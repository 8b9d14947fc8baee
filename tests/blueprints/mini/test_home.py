"""The first screen in one call."""

from datetime import datetime

from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.members import make_member, sign_in

URL = "/api/mini/v1/home"


def test_a_new_member_sees_everything_at_once(client: FlaskClient, standing_clock: Clock) -> None:
    member = make_member()
    shown = client.get(URL, headers=sign_in(member)).json
    assert shown["server_time"] == "2026-11-20T02:00:00.000+00:00"
    assert shown["member"]["id"] == str(member.public_id)
    assert shown["check_in"] == {
        "today": "2026-11-20",
        "checked_in_today": False,
        "streak": 0,
        "points": shown["check_in"]["points"],
        "next_bonus": shown["check_in"]["next_bonus"],
    }
    assert shown["check_in"]["points"] > 0
    assert shown["coupons"] == {"active": 0, "redeemed": 0, "expired": 0}
    assert (shown["offers"], shown["has_more_offers"], shown["subscriptions"]) == ([], False, [])


def test_after_the_check_in_nothing_more_is_promised_for_today(client: FlaskClient, standing_clock: Clock) -> None:
    headers = sign_in(make_member())
    paid = client.post("/api/mini/v1/check-ins", headers={**headers, "Idempotency-Key": "a"}).json
    shown = client.get(URL, headers=headers).json
    assert shown["check_in"]["checked_in_today"] is True
    assert (shown["check_in"]["streak"], shown["check_in"]["points"]) == (1, None)
    assert shown["member"]["points_balance"] == paid["points_balance"]


def test_the_first_offers_and_the_wallet(client: FlaskClient, now: datetime) -> None:
    member = make_member()
    for number in range(4):
        make_batch(make_template(name=f"券{number}"), stock=3)
    give_coupon(member)
    shown = client.get(URL, headers=sign_in(member)).json
    assert (len(shown["offers"]), shown["has_more_offers"]) == (3, True)
    assert shown["coupons"]["active"] == 1
    assert {offer["state"] for offer in shown["offers"]} == {"claimable"}


def test_only_a_member_has_a_first_screen(client: FlaskClient) -> None:
    assert client.get(URL).json["error"]["code"] == "not_signed_in"
