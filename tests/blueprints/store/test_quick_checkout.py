"""The usual bill is answered before the application, as the application would; everything else is the application's."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import Client

from app.actor import Actor
from app.extensions import db
from app.models import Member, Staff, Store
from app.services import checkout_at_once, checkouts, coupon_automations, growth, idempotency, merges, points
from app.transaction import transaction
from tests.blueprints.both_ways import NOT_AT_THIS_COUNTER
from tests.blueprints.store.twin_tills import (
    PATH,
    Till,
    assert_nothing_left_open,
    both_ways_alike,
    open_tills,
    refused_alike,
    written,
)
from tests.conftest import NOON, Clock, CommittedDatabase
from tests.factories.coupons import make_batch, open_visit
from tests.factories.members import make_member

GIFT: dict[str, Any] = {"kind": "gift", "value_fen": 700, "goods": "马克杯", "min_spend_fen": None}
LINES = [{"sku": "T-01", "category": "茶", "quantity": 2, "amount_fen": 7_000}, {"sku": "T-02", "amount_fen": 3_000}]


@pytest.fixture
def till(committed_db: CommittedDatabase, standing_clock: Clock) -> Till:
    (one,) = open_tills(committed_db, {})
    return one


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the application was asked to settle."""
    seen: list[Any] = []
    settle = checkouts.settle

    def watched(*given: Any, **told: Any) -> Any:
        seen.append(given)
        return settle(*given, **told)

    monkeypatch.setattr(checkouts, "settle", watched)
    return seen


USUAL: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any]]] = {
    "one coupon": (({},), {}),
    "two coupons": (({}, GIFT), {}),
    "a coupon for three times": (({"uses": 3},), {}),
    "no coupon": ((), {}),
    "an order with lines": (({"categories": ["茶"]},), {"order_no": "K", "lines": LINES}),
    "a coupon for all of it": (({"value_fen": 10_000, "min_spend_fen": 10_000},), {}),
    "too little to earn": ((), {"bill_fen": 40}),
}


@pytest.mark.parametrize("case", USUAL)
@pytest.mark.parametrize("benefit", [False, True])
def test_both_ways_answer_and_write_alike(
    committed_db: CommittedDatabase, standing_clock: Clock, asked_for: list[Any], case: str, benefit: bool
) -> None:
    terms, bill = USUAL[case]
    quickly, slowly = open_tills(committed_db, *terms, many=2)
    if benefit:
        quickly.change(
            "INSERT INTO tier_benefit (public_id, tier_id, kind, discount_bp)"
            " SELECT gen_random_uuid(), id, 'discount', 500 FROM tier"
        )
    rows = both_ways_alike(quickly, slowly, **bill)
    # Only the slow one.
    assert len(asked_for) == 1
    counts = [len(rows[table]) for table in ("checkout", "redemption", "purchase", "audit_entry", "idempotency_key")]
    assert counts == [1, len(terms), 1, 1, 1]
    assert rows["counter_visit"][0]["used_at"] is not None
    assert {row["kind"] for row in rows["staff_counter"]} >= ({"coupons_redeemed"} if terms else set())


def test_what_was_quoted_for_the_visit_and_not_used_is_free_again(
    committed_db: CommittedDatabase, standing_clock: Clock, asked_for: list[Any]
) -> None:
    tills = open_tills(committed_db, {}, many=2)
    for one in tills:
        one.change(
            "UPDATE coupon SET held_visit_id = :visit, held_until = issued_at + interval '1 h' WHERE member_id = :member"
        )
    rows = both_ways_alike(*tills, coupon_ids=[])
    assert (rows["coupon"][0]["held_until"], rows["coupon"][0]["status"], len(asked_for)) == (None, "active", 1)


def test_a_use_that_came_back_leaves_a_gap_for_the_next(committed_db: CommittedDatabase, standing_clock: Clock) -> None:
    tills = open_tills(committed_db, {"uses": 3}, many=2)
    for one in tills:
        first = one.settle(one.slow, "k-first").json
        for again in (1, 2):
            with one.database.session(), transaction():
                store, person = db.session.get(Store, one.ids["store"]), db.session.get(Staff, one.ids["staff"])
                visit = open_visit(db.session.get_one(Member, one.ids["member"]), clerk=person, store=store)  # type: ignore[arg-type]
                one.bill["visit_id"], one.ids["visit"] = str(visit.public_id), visit.id
            if again == 1:
                assert one.settle(one.slow, "k-second").json["coupons"][0]["use_no"] == 2
        keyed = {**one.headers, "Idempotency-Key": "back"}
        assert one.slow.post(f"{PATH}/{first['id']}/reversal", json={"reason": "x"}, headers=keyed).status_code == 201
    used = [
        one.settle(getattr(one, way), "k-third").json["coupons"]
        for one, way in zip(tills, ("quick", "slow"), strict=True)
    ]
    assert [coupons[0]["use_no"] for coupons in used] == [1, 1]
    assert [row["used"] for one in tills for row in written(one)["coupon"]] == [2, 2]


def pay_with_points(till: Till, _: Member) -> dict[str, Any]:
    points.earn(till.ids["member"], amount=500, source="t", now=NOON)
    return {"points": 300}


def stand_before_a_rung(till: Till, _: Member) -> dict[str, Any]:
    growth.add(till.ids["member"], amount=150, source="bought", now=NOON)
    return {}


def give_alone(_: Till, __: Member) -> dict[str, Any]:
    return {"bill_fen": 0}


def automate(_: Till, __: Member) -> dict[str, Any]:
    if not db.session.scalar(text("SELECT count(*) FROM coupon_automation")):
        batch = make_batch(how="issue", per_member_limit=9).public_id
        more: dict[str, Any] = {"conditions": {}, "starts_at": None, "ends_at": None}
        coupon_automations.create(
            name="a", event="purchase", batch_public_id=batch, actor=Actor.system(), now=NOON, **more
        )
    return {}


def merge_away(till: Till, older: Member) -> dict[str, Any]:
    pair = (older.id, till.ids["member"])
    merges.lock_accounts(*pair)
    locked = merges.lock_members(*pair)
    merges.merge(locked[pair[0]], locked[pair[1]], phone=None, reason="t", actor=Actor.system(), now=NOON)
    till.ids["member"], till.ids["gone"] = pair
    return {}


def merge_while_scanned(till: Till, older: Member) -> dict[str, Any]:
    merge_away(till, older)
    db.session.execute(text("UPDATE counter_visit SET member_id = :gone WHERE id = :visit"), till.ids)
    # Whose coupons are whose would already stop it.
    return {"coupon_ids": []}


Rows = dict[str, list[Any]]
# How it comes about, and what shows that it was done.
LEFT: dict[str, tuple[Callable[[Till, Member], dict[str, Any]], dict[str, Any], Callable[[Rows], Any], Any]] = {
    "points": (pay_with_points, {}, lambda rows: rows["checkout"][0]["points_spent"], 300),
    "a rung": (stand_before_a_rung, {}, lambda rows: len(rows["tier_history"]), 1),
    "a gift alone": (give_alone, GIFT, lambda rows: (len(rows["purchase"]), len(rows["redemption"])), (0, 1)),
    "an automation": (automate, {}, lambda rows: len(rows["coupon_owed"]), 1),
    "merged while scanned": (merge_while_scanned, {}, lambda rows: len(rows["purchase"]), 1),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_is_not_usual_is_left_to_the_application(
    committed_db: CommittedDatabase, standing_clock: Clock, asked_for: list[Any], case: str
) -> None:
    prepare, terms, shown, expected = LEFT[case]
    with committed_db.session(), transaction():
        older = [make_member().id for _ in range(2)]
    tills = open_tills(committed_db, terms, many=2)
    with committed_db.session(), transaction():
        bills = [prepare(one, db.session.get_one(Member, key)) for one, key in zip(tills, older, strict=True)]
    rows = both_ways_alike(*tills, **bills[0])
    assert (len(asked_for), shown(rows)) == (2, expected)


def test_a_visit_that_moved_in_a_merge_is_a_usual_one(
    committed_db: CommittedDatabase, standing_clock: Clock, asked_for: list[Any]
) -> None:
    with committed_db.session(), transaction():
        older = [make_member().id for _ in range(2)]
    tills = open_tills(committed_db, {}, many=2)
    with committed_db.session(), transaction():
        for one, key in zip(tills, older, strict=True):
            merge_away(one, db.session.get_one(Member, key))
    assert (len(both_ways_alike(*tills)["redemption"]), len(asked_for)) == (1, 1)


@pytest.mark.parametrize("first", ["quick", "slow"])
@pytest.mark.parametrize("again", ["quick", "slow"])
def test_a_repeat_gets_the_first_answers_bytes_whoever_gave_them(
    till: Till, asked_for: list[Any], first: str, again: str
) -> None:
    given = till.settle(getattr(till, first), " k1 ")
    before = written(till)
    repeated = till.settle(getattr(till, again), "k1")
    assert (given.status_code, repeated.status_code, repeated.data) == (201, 201, given.data)
    assert ("Idempotency-Replayed" in given.headers, repeated.headers["Idempotency-Replayed"]) == (False, "true")
    other = till.settle(getattr(till, again), "k1", bill={"bill_fen": 10_001})
    assert (other.status_code, other.json["error"]["code"]) == (422, "idempotency_key_reused")
    assert (written(till), len(asked_for)) == (before, 1 if first == "slow" else 0)


def test_an_answer_kept_meanwhile_undoes_the_bill(
    committed_db: CommittedDatabase, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = open_tills(committed_db, {}, many=2, clerks=1)
    assert one.settle(one.quick).status_code == 201
    before = written(other)
    # As if the look had been older than the twin's commit.
    monkeypatch.setattr(idempotency, "is_free", lambda _: True)
    assert other.settle(other.quick).json["error"]["code"] == "idempotency_key_reused"
    assert (written(other), one.checkouts()) == (before, 1)


STATES = {
    **NOT_AT_THIS_COUNTER,
    "at another store": "UPDATE staff_session SET store_id = :elsewhere WHERE staff_id = :staff",
    "visit used": "UPDATE counter_visit SET used_at = opened_at WHERE id = :visit",
    "visit over": "UPDATE counter_visit SET opened_at = opened_at - interval '600 s',"
    " expires_at = expires_at - interval '600 s' WHERE id = :visit",
    "a colleague's visit": "UPDATE counter_visit SET staff_id = :colleague WHERE id = :visit",
    "another store's visit": "UPDATE counter_visit SET store_id = :elsewhere WHERE id = :visit",
    "coupon run out": "UPDATE coupon SET expires_at = issued_at, usable_from = issued_at - interval '1 day'"
    " WHERE member_id = :member",
    "coupon not usable yet": "UPDATE coupon SET usable_from = issued_at + interval '1 s' WHERE member_id = :member",
    "coupon expired": "UPDATE coupon SET status = 'expired' WHERE member_id = :member",
    "coupon redeemed": "UPDATE coupon SET status = 'redeemed', used = uses, redeemed_at = issued_at WHERE member_id = :member",
    "coupon held elsewhere": "UPDATE coupon SET held_visit_id = :other_visit, held_until = issued_at + interval '1 s'"
    " WHERE member_id = :member",
    "coupon promised to a friend": "UPDATE coupon SET held_until = issued_at + interval '1 s' WHERE member_id = :member",
}
SETTINGS = ("clerk_redeems_per_day = 0", "clerk_discount_fen_per_day = 999", "coupons_per_bill = 1")


def test_who_may_not_is_told_so_by_the_application(
    committed_db: CommittedDatabase, standing_clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    told = {}
    for state, change in STATES.items():
        (till,) = open_tills(committed_db, {})
        till.change(change)
        told[state] = refused_alike(till)
    assert (told, till.checkouts()) == (dict.fromkeys(STATES, True), 0)
    assert "quick_answer_failed" not in caplog.text


def test_past_a_limit_nothing_is_written(committed_db: CommittedDatabase, standing_clock: Clock) -> None:
    told = {}
    for setting in SETTINGS:
        (till,) = open_tills(committed_db, {}, GIFT)
        till.change(
            "UPDATE programme SET clerk_redeems_per_day = 9, clerk_discount_fen_per_day = 99999, coupons_per_bill = 3"
        )
        till.change(f"UPDATE programme SET {setting}")  # noqa: S608
        told[setting] = refused_alike(till)
    (till,) = open_tills(committed_db, {"exclusive": True}, GIFT)
    till.change("UPDATE programme SET coupons_per_bill = 3")
    told["not combinable"] = refused_alike(till)
    assert (told, till.checkouts()) == (dict.fromkeys(told, True), 0)


NOBODY = "00000000-0000-7000-8000-000000000000"
RAW = {"content_type": "application/json"}
BODIES: dict[str, dict[str, Any]] = {
    "nobody's visit": {"bill": {"visit_id": NOBODY}},
    "no visit": {"bill": {"visit_id": "1"}},
    "nobody's coupon": {"bill": {"coupon_ids": [NOBODY]}},
    "spent too little": {"bill": {"bill_fen": 4_999}},
    "an order known": {"bill": {"order_no": "K-0"}},
    "lines that do not add up": {"bill": {"lines": [{"sku": "T", "amount_fen": 9_999}]}},
    "points nobody has": {"bill": {"points": 100}},
    "nothing": {"bill": {"bill_fen": 0, "coupon_ids": []}},
    "less than nothing": {"bill": {"bill_fen": -1}},
    "a text": {"bill": {"bill_fen": "10000"}},
    "a yes": {"bill": {"bill_fen": True}},
    "a fraction": {"bill": {"bill_fen": 10_000.5}},
    "a bad order number": {"bill": {"order_no": "\x00"}},
    "another name": {"bill": {"x": 1}},
    "long": {"bill": {"lines": [{"sku": "T" * 60, "amount_fen": 1}] * 20}},
    "no bill": {"json": {}},
    "a list": {"json": ["1"]},
    "no json": {"data": b"{", **RAW},
    "bad utf-8": {"data": b'{"visit_id": "\xff"}', **RAW},
    "twice": {"data": b'{"bill_fen": 1, "bill_fen": 2}', **RAW},
    "empty": {"data": b"", **RAW},
    "undeclared": {"data": b'{"bill_fen": 1}', "content_type": "text/plain"},
    "no key": {"headers": {"Idempotency-Key": ""}},
    "a blank key": {"headers": {"Idempotency-Key": "  "}},
    "a bad key": {"headers": {"Idempotency-Key": "é"}},
    "a long key": {"headers": {"Idempotency-Key": "k" * 201}},
    "no token": {"headers": {"Authorization": ""}},
    "another token": {"headers": {"Authorization": "Bearer x"}},
    "a long token": {"headers": {"Authorization": "Bearer " + "x" * 500}},
    "another scheme": {"headers": {"Authorization": "Basic eDp5"}},
}


def test_what_is_no_usual_bill_is_told_so_by_the_application(
    committed_db: CommittedDatabase, standing_clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    till, other = open_tills(committed_db, {}, many=2)
    assert other.settle(other.slow, bill={"order_no": "K-0", "coupon_ids": []}).status_code == 201
    mine, theirs = till.bill["coupon_ids"], other.bill["coupon_ids"]
    more: dict[str, dict[str, Any]] = {
        "somebody else's coupon": {"bill": {"coupon_ids": theirs}},
        "a coupon twice": {"bill": {"coupon_ids": mine * 2}},
        "a colleague's token": {"headers": other.headers},
    }
    told = {name: refused_alike(till, **asked) for name, asked in {**BODIES, **more}.items()}
    assert (told, till.checkouts()) == (dict.fromkeys([*BODIES, *more], True), 1)
    assert "quick_answer_failed" not in caplog.text


def test_what_the_first_look_tells_is_not_looked_at_further(
    committed_db: CommittedDatabase, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = open_tills(committed_db, {}, many=2)
    assert one.settle(one.quick).status_code == 201
    tried: list[Any] = []
    monkeypatch.setattr(checkout_at_once, "Usual", lambda *given, **_: tried.append(given))
    # A key that has its answer; a visit of a colleague's; of another store.
    assert one.settle(one.quick).headers["Idempotency-Replayed"] == "true"
    assert other.settle(one.quick, "k2", headers=one.headers).status_code == 404
    other.change("UPDATE counter_visit SET store_id = :elsewhere WHERE id = :visit")
    assert (other.settle(other.quick, "k3").status_code, tried) == (404, [])


def test_other_ways_of_writing_it_are_the_applications(
    committed_db: CommittedDatabase, standing_clock: Clock, asked_for: list[Any]
) -> None:
    tills = open_tills(committed_db, {}, many=3)
    long = {"lines": [{"sku": "T" * 60, "amount_fen": 500}] * 20}
    answers = [
        tills[0].settle(tills[0].quick, content_type="application/json; charset=utf-8"),
        tills[1].settle(tills[1].quick, query_string="x=1"),
        tills[2].settle(tills[2].quick, bill=long),
    ]
    assert ([one.status_code for one in answers], len(asked_for)) == ([201] * 3, 3)


@pytest.mark.parametrize("step", ["__init__", "looks", "writes", "settled"])
def test_a_failure_on_the_way_is_told_in_the_log_and_the_application_answers(
    till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("secret words")

    monkeypatch.setattr(checkout_at_once.Usual, step, broken)
    answer = till.settle(till.quick)
    assert (answer.status_code, till.checkouts()) == (201, 1)
    assert [record.levelname for record in caplog.records if "quick_answer_failed" in str(record.msg)] == ["ERROR"]
    assert_nothing_left_open(till)


def test_whatever_it_gives_up_on_its_connection_is_given_back(till: Till) -> None:
    for bill in ({"visit_id": NOBODY}, {"bill_fen": 4_999}, {"coupon_ids": [NOBODY]}):
        for _ in range(12):
            assert till.settle(till.quick, bill=bill).status_code in (404, 422)
    assert till.settle(till.quick).status_code == 201
    assert_nothing_left_open(till)


def test_it_is_counted_and_logged_like_any_request(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    mark = 'huitou_requests_total{endpoint="store.checkouts.settle",method="POST",status="201"}'

    def counted() -> float:
        page = Client(till.database.app).get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
        return sum(float(line.rpartition(" ")[2]) for line in page.splitlines() if mark in line)

    before = counted()
    with caplog.at_level(logging.INFO, logger="huitou.requests"):
        answer = till.settle(till.quick)
    assert counted() == before + 1
    (line,) = [json.loads(one.getMessage()) for one in caplog.records if one.name == "huitou.requests"]
    named = answer.headers["X-Request-Id"]
    assert (line["endpoint"], line["status"], line["request_id"]) == ("store.checkouts.settle", 201, named)
    assert set(line) == {"endpoint", "status", "ms", "event", "request_id", "level", "timestamp"}
    with till.database.session() as session:
        assert session.scalar(text("SELECT request_id FROM audit_entry WHERE action = 'checkout.create'")) == named
