"""Bills at the counter over HTTP: quoted, held, settled, listed, undone; what was refused is kept with its reason."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.models import Redemption, RedemptionAttempt
from app.services import points
from app.services.wallet import HeldCoupon
from tests.conftest import Clock
from tests.factories.counters import Counter, make_counter, set_programme
from tests.factories.members import code_of
from tests.factories.staff import make_staff, make_store, sign_in

DOOR = "/api/store/v1"
GIFT: dict[str, Any] = {"kind": "gift", "value_fen": 700, "goods": "马克杯", "min_spend_fen": None}


@dataclass
class Till:
    """A counter with its door."""

    client: FlaskClient
    counter: Counter
    headers: dict[str, str]

    def scan(self) -> str:
        return str(self.counter.visit())

    def post(self, path: str, body: Any, *, headers: Any = None, key: str | None = None) -> TestResponse:
        keyed = {**(headers or self.headers), "Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(DOOR + path, json=body, headers=keyed)

    def get(self, path: str, *, headers: Any = None) -> Any:
        return self.client.get(DOOR + path, headers=headers or self.headers).get_json()

    def body(self, *coupons: HeldCoupon, **changes: Any) -> dict[str, Any]:
        """A bill of 100 yuan with these coupons, in a visit of its own."""
        named = [str(one.public_id) for one in coupons]
        return {"visit_id": self.scan(), "bill_fen": 10_000, "coupon_ids": named, **changes}

    def attempts(self, query: str = "") -> list[dict[str, Any]]:
        counter = self.counter
        manager = sign_in(make_staff("manager", at=[counter.store]), store=counter.store)
        told: list[dict[str, Any]] = self.get("/redemption-attempts" + query, headers=manager)["data"]
        return told


@pytest.fixture
def till(client: FlaskClient, db_session: Session, now: datetime) -> Till:
    counter = make_counter()
    return Till(client, counter, sign_in(counter.clerk, store=counter.store))


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_quote_settle_list_and_undo(till: Till, now: datetime) -> None:
    points.earn(till.counter.member.id, amount=500, source="t", now=now)
    ten, gift = till.counter.coupon(), till.counter.coupon(**GIFT)
    dear = till.counter.coupon(min_spend_fen=20_000)
    lines = [{"sku": "T-01", "category": "茶", "quantity": 2, "amount_fen": 10_000}]
    asked = till.body(gift, ten, lines=lines, points=300)
    plain = {key: value for key, value in asked.items() if key not in ("coupon_ids", "points")}
    looked = till.post("/quotes", plain)
    assert looked.status_code == 200, looked.text
    explained = {one["coupon"]["id"]: one for one in looked.json["coupons"]}
    assert explained[str(ten.public_id)]["saves_fen"] == 1_000
    refusal = explained[str(dear.public_id)]["refusal"]
    assert (refusal["code"], "门槛" in refusal["message"]) == ("minimum_spend_not_met", True)
    assert [one["coupon_id"] for one in looked.json["best"]["coupons"]] == [str(ten.public_id)]
    assert (looked.json["chosen"], looked.json["held_until"]) == (None, None)

    chosen = till.post("/quotes", asked).json
    assert chosen["held_until"] == "2026-11-20T02:05:00.000+00:00"
    priced = chosen["chosen"]
    assert (priced["coupon_fen"], priced["points_fen"], priced["payable_fen"]) == (1_000, 300, 8_700)
    assert (chosen["points_spendable"], priced["most_points"]) == (500, 500)

    done = till.post("/checkouts", {**asked, "order_no": "K-1"}, key="once")
    assert done.status_code == 201, done.text
    told = done.json
    assert (told["bill_fen"], told["payable_fen"], told["points_spent"], told["order_no"]) == (
        10_000,
        8_700,
        300,
        "K-1",
    )
    assert [(one["coupon_id"], one["discount_fen"], one["coupon_status"]) for one in told["coupons"]] == [
        (str(ten.public_id), 1_000, "redeemed"),
        (str(gift.public_id), 0, "redeemed"),
    ]
    assert till.post("/checkouts", {**asked, "order_no": "K-1"}, key="once").data == done.data

    assert [row["id"] for row in till.get("/checkouts")["data"]] == [told["id"]]
    assert till.get("/checkouts?on=2026-11-19")["data"] == []
    undone = till.post(f"/checkouts/{told['id']}/reversal", {"reason": "点错了"})
    assert undone.status_code == 201, undone.text
    assert {one["coupon_status"] for one in undone.json["coupons"]} == {"active"}
    assert {one["returned_by"] for one in undone.json["coupons"]} == {"undo"}
    assert undone.json["reversal_reason"] == "点错了"
    assert points.spendable(till.counter.member.id, now=now) == 500
    assert code(till.post(f"/checkouts/{told['id']}/reversal", {"reason": "点错了"})) == (409, "already_reversed")


def test_the_day_list_pages_without_gap(till: Till) -> None:
    done = [till.post("/checkouts", till.body()).json["id"] for _ in range(3)]
    first = till.get("/checkouts?limit=2")
    rest = till.get(f"/checkouts?limit=2&cursor={first['next_cursor']}")
    assert [row["id"] for row in (*first["data"], *rest["data"])] == done[::-1]
    assert (first["has_more"], rest["has_more"]) == (True, False)


def test_refused_uses_are_kept_with_their_reason(till: Till, standing_clock: Clock) -> None:
    dear, ten = till.counter.coupon(min_spend_fen=20_000), till.counter.coupon()
    asked = till.body(dear, ten)
    assert code(till.post("/quotes", asked)) == (422, "minimum_spend_not_met")
    standing_clock.move(seconds=1)
    assert code(till.post("/checkouts", asked)) == (422, "minimum_spend_not_met")
    standing_clock.move(seconds=1)
    one = {"visit_id": asked["visit_id"], "coupon_id": str(uuid.uuid4()), "bill_fen": 500}
    assert code(till.post("/redemptions", one)) == (404, "not_found")
    told = till.attempts()
    assert [row["reason"] for row in told] == ["not_found", "minimum_spend_not_met", "minimum_spend_not_met"]
    assert told[0]["coupon_ids"] == [one["coupon_id"]]
    assert (told[1]["coupon_ids"], told[1]["bill_fen"], told[1]["visit_id"]) == (
        asked["coupon_ids"],
        10_000,
        asked["visit_id"],
    )
    assert told[1]["clerk"] == till.counter.clerk.display_name
    assert len(till.attempts("?reason=not_found")) == 1
    assert till.attempts("?on=2026-11-19") == []
    # Refused, the visit is still good.
    assert till.post("/checkouts", {**asked, "coupon_ids": [str(ten.public_id)]}).status_code == 201


def test_what_is_no_attempt_is_not_kept(till: Till, db_session: Session) -> None:
    ten = till.counter.coupon()
    asked = till.body(ten)
    till.post("/checkouts", asked, key="k")
    # The answer again, another body under the same key, a body nobody understands, a look without a choice.
    assert till.post("/checkouts", asked, key="k").status_code == 201
    assert code(till.post("/checkouts", {**asked, "bill_fen": 1}, key="k")) == (422, "idempotency_key_reused")
    assert code(till.post("/checkouts", {**asked, "bill_fen": "1"})) == (422, "invalid_input")
    ended = {"visit_id": asked["visit_id"], "bill_fen": 1}
    assert code(till.post("/quotes", ended)) == (409, "visit_ended")
    keyless = till.client.post(f"{DOOR}/checkouts", json=asked, headers=till.headers)
    assert code(keyless) == (422, "idempotency_key_missing")
    assert db_session.query(RedemptionAttempt).count() == 0


def test_attempts_are_for_the_stores_manager_and_auditor(till: Till) -> None:
    till.post("/checkouts", till.body(till.counter.coupon(min_spend_fen=20_000)))
    assert len(till.attempts()) == 1
    elsewhere = make_store()
    stranger = sign_in(make_staff("manager", at=[elsewhere]), store=elsewhere)
    assert till.get("/redemption-attempts", headers=stranger)["data"] == []
    assert till.get("/redemption-attempts")["error"]["code"] == "not_allowed"


def test_held_coupons_are_refused_elsewhere_until_released(till: Till) -> None:
    ten = till.counter.coupon()
    mine, other = till.body(ten), till.body(ten)
    assert till.post("/quotes", mine).status_code == 200
    assert code(till.post("/checkouts", other)) == (409, "coupon_held")
    released = till.client.delete(f"{DOOR}/visits/{mine['visit_id']}/holds", headers=till.headers)
    assert (released.status_code, released.data) == (204, b"")
    assert till.post("/checkouts", other).status_code == 201
    colleague = sign_in(make_staff(at=[till.counter.store]), store=till.counter.store)
    strange = till.client.delete(f"{DOOR}/visits/{mine['visit_id']}/holds", headers=colleague)
    assert code(strange) == (404, "not_found")


def test_a_clerks_limit_is_told(till: Till) -> None:
    set_programme(clerk_redeems_per_day=1)
    thrice = till.counter.coupon(uses=3)
    first = till.post("/checkouts", till.body(thrice)).json
    refused = till.post("/checkouts", till.body(thrice))
    assert code(refused) == (422, "staff_limit_reached")
    assert refused.json["error"]["data"] == {"limit": "coupons_redeemed", "cap": 1}
    till.post(f"/checkouts/{first['id']}/reversal", {"reason": "点错了"})
    assert till.post("/checkouts", till.body(thrice)).status_code == 201


def test_a_clerk_cannot_serve_themself(till: Till, db_session: Session, now: datetime) -> None:
    member = till.counter.member
    till.counter.clerk.member_id = member.id
    db_session.flush()
    refused = till.client.post(f"{DOOR}/visits", json={"member_code": code_of(member, now=now)}, headers=till.headers)
    assert code(refused) == (403, "self_service")


def test_a_managers_refund_gives_the_coupon_back(till: Till, db_session: Session) -> None:
    counter = till.counter
    manager = sign_in(make_staff("manager", at=[counter.store]), store=counter.store)
    ten = counter.coupon()
    till.post("/checkouts", till.body(ten))
    (bill,) = till.get("/purchases")["data"]
    refund = till.post(f"/purchases/{bill['id']}/refunds", {"reason": "质量问题"}, headers=manager)
    assert refund.status_code == 201, refund.text
    (told,) = till.get("/checkouts")["data"]
    assert [(one["coupon_status"], one["returned_by"]) for one in told["coupons"]] == [("active", "refund")]
    assert db_session.query(Redemption).one().reversed_at is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"bill_fen": -1},
        {"bill_fen": 1.0},
        {"bill_fen": 10**12},
        {"coupon_ids": None},
        {"coupon_ids": ["x"]},
        {"coupon_ids": ["01a22311-412b-788a-8842-beba15f919f0"] * 21},
        {"points": -1},
        {"points": "1"},
        {"lines": [{"sku": "", "amount_fen": 1}]},
        {"lines": [{"sku": "x", "amount_fen": -1}]},
        {"order_no": "K 1"},
        {"x": 1},
    ],
)
def test_bad_bodies_are_refused(till: Till, changes: dict[str, Any]) -> None:
    assert code(till.post("/checkouts", {**till.body(), **changes})) == (422, "invalid_input")
    assert code(till.post("/checkouts", till.body(bill_fen=0))) == (422, "nothing_to_settle")
