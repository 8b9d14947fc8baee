"""The usual claim is answered before the application, as the application would; everything else is the application's."""

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from app.services import calendars, coupons, idempotency
from app.transaction import transaction
from blueprints.mini import quick_claim
from tests.blueprints.both_ways import BothWays, are_one_refusal, without
from tests.conftest import Clock, CommittedDatabase
from tests.factories.coupons import make_batch, make_template
from tests.factories.members import make_member, sign_in
from tests.factories.staff import make_store

OWN = {"id"}


@dataclass
class Customer(BothWays):
    """One member and one batch."""

    path: str

    def claim(self, client: Client, key: str, **changes: Any) -> TestResponse:
        headers = {**self.headers, "Idempotency-Key": key, **changes.pop("headers", {})}
        return client.post(changes.pop("path", self.path), headers=headers, **changes)

    def coupons(self) -> int:
        return self.number("SELECT count(*) FROM coupon")


def customer_of(database: CommittedDatabase, watch: Clock, **batch: Any) -> Customer:
    with database.session(), transaction():
        member = make_member()
        made = make_batch(per_member_limit=batch.pop("per_member_limit", 3), now=watch.now, **batch)
        headers = sign_in(member, now=watch.now)
        # As after any request: this process knows the shop's calendar.
        calendars.fresh()
        ids = {"member": member.id, "batch": made.id}
        return Customer(database, ids, headers, f"/api/mini/v1/coupon-batches/{made.public_id}/claims")


@pytest.fixture
def customer(committed_db: CommittedDatabase, standing_clock: Clock) -> Customer:
    return customer_of(committed_db, standing_clock)


@pytest.fixture
def no_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the application was asked")

    monkeypatch.setattr("app.services.coupons.claim", refuse)


def test_the_usual_claim_does_without_the_application(customer: Customer, no_way_round: None) -> None:
    answer = customer.claim(customer.quick, "k1")
    assert (answer.status, customer.coupons()) == ("201 CREATED", 1)
    assert customer.number("SELECT sum(issued) FROM coupon_bucket") == 1


def test_a_coupon_that_names_stores_and_tiers_is_told_without_it(
    committed_db: CommittedDatabase, standing_clock: Clock, no_way_round: None
) -> None:
    with committed_db.session(), transaction():
        store = make_store()
        store.name = "只在这里"
        template = make_template(stores=[store], tiers=["silver"])
    customer = customer_of(committed_db, standing_clock, template=template)
    answer = customer.claim(customer.quick, "k1")
    assert (answer.status_code, answer.json["stores"]) == (201, ["只在这里"])


# All but what is drawn by lot or counts up.
WRITTEN = (
    "SELECT to_jsonb(c) - ARRAY['id', 'public_id', 'slot', 'source', 'bucket_no'] FROM coupon c",
    "SELECT to_jsonb(k) - ARRAY['key', 'body'] FROM idempotency_key k",
)


@pytest.mark.parametrize("language", ["zh-CN,zh;q=0.9", "en-GB", ""])
def test_both_ways_answer_and_write_alike(customer: Customer, language: str) -> None:
    asked = {"Accept-Language": language, "X-Request-Id": "named-by-the-balancer"}
    quick = customer.claim(customer.quick, "k1", headers=asked)
    slow = customer.claim(customer.slow, "k2", headers=asked)
    assert without(OWN, quick) == without(OWN, slow)
    assert (quick.status, list(quick.headers)) == (slow.status, list(slow.headers))
    with customer.database.session() as session:
        coupons, keys = (list(session.scalars(text(query))) for query in WRITTEN)
    assert (len(coupons), coupons[0]) == (2, coupons[1])
    assert (len(keys), keys[0]) == (2, keys[1])


@pytest.mark.parametrize("first", ["quick", "slow"])
@pytest.mark.parametrize("again", ["quick", "slow"])
def test_a_repeat_gets_the_first_answers_bytes_whoever_gave_them(customer: Customer, first: str, again: str) -> None:
    given = customer.claim(getattr(customer, first), " k1 ", data=b"{}")
    repeated = customer.claim(getattr(customer, again), "k1", data=b"{}")
    assert (given.status_code, repeated.status_code, repeated.data) == (201, 201, given.data)
    assert (repeated.headers["Idempotency-Replayed"], customer.coupons()) == ("true", 1)
    other = customer.claim(getattr(customer, again), "k1", data=b"{ }")
    assert (other.status_code, other.json["error"]["code"]) == (422, "idempotency_key_reused")


def test_an_answer_kept_meanwhile_undoes_the_claim(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    first = customer.claim(customer.quick, "k1")
    # As if the look had been older than the twin's commit.
    monkeypatch.setattr(idempotency, "is_free", lambda _: True)
    again = customer.claim(customer.quick, "k1")
    assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true")
    assert (customer.coupons(), customer.number("SELECT sum(issued) FROM coupon_bucket")) == (1, 1)


STATES = {
    "over": "UPDATE coupon_batch SET claim_ends_at = claim_starts_at + interval '1 hour' WHERE id = :batch",
    "for nobody like them": "UPDATE coupon_batch SET min_tier_rank = 3 WHERE id = :batch",
    "signed out": "UPDATE member_session SET revoked_at = created_at WHERE member_id = :member",
    "run out": "UPDATE member_session SET created_at = created_at - interval '40 days',"
    " expires_at = created_at - interval '1 day' WHERE member_id = :member",
    "gone": "UPDATE member SET status = 'erased' WHERE id = :member",
}
ASKED: dict[str, dict[str, Any]] = {
    "no key": {"headers": {"Idempotency-Key": ""}},
    "a bad key": {"headers": {"Idempotency-Key": "é"}},
    "a long key": {"headers": {"Idempotency-Key": "k" * 201}},
    "no token": {"headers": {"Authorization": ""}},
    "another token": {"headers": {"Authorization": "Bearer x"}},
    "nobody's batch": {"path": "/api/mini/v1/coupon-batches/00000000-0000-7000-8000-000000000000/claims"},
    "no batch": {"path": "/api/mini/v1/coupon-batches/1/claims"},
    "not this": {"path": "/api/mini/v1/coupon-batches/00000000-0000-7000-8000-000000000000/claims/x"},
}


def refused_alike(customer: Customer, **asked: Any) -> bool:
    return are_one_refusal(customer.claim(customer.quick, "k", **asked), customer.claim(customer.slow, "k", **asked))


def test_who_may_not_is_told_so_by_the_application(committed_db: CommittedDatabase, standing_clock: Clock) -> None:
    told = {}
    for state, change in STATES.items():
        customer = customer_of(committed_db, standing_clock)
        customer.change(change)
        told[state] = refused_alike(customer)
    limited = customer_of(committed_db, standing_clock, per_member_limit=1)
    sold_out = customer_of(committed_db, standing_clock, stock=1)
    for one in (limited, sold_out):
        assert one.claim(one.quick, "k0").status_code == 201
    told |= {"had theirs": refused_alike(limited), "nothing left": refused_alike(sold_out)}
    assert (told, limited.coupons()) == (dict.fromkeys(told, True), 2)


def test_what_is_no_claim_is_told_so_by_the_application(customer: Customer) -> None:
    told = {name: refused_alike(customer, **asked) for name, asked in ASKED.items()}
    assert (told, customer.coupons()) == (dict.fromkeys(ASKED, True), 0)


def test_a_batch_with_nothing_for_somebody_is_asked_for_once_a_second(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, passed = [], [0.0]

    class Claim(coupons.Claim):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            asked.append(1)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(coupons, "Claim", Claim)
    clock = SimpleNamespace(monotonic=lambda: passed[0])
    monkeypatch.setattr("blueprints.mini.quick_claim.time", clock)
    customer.change("UPDATE coupon_batch SET claim_starts_at = claim_starts_at + interval '2 days' WHERE id = :batch")
    assert [customer.claim(customer.quick, f"k{n}").status_code for n in range(3)] == [422] * 3
    assert len(asked) == 1
    customer.change("UPDATE coupon_batch SET claim_starts_at = claim_starts_at - interval '2 days' WHERE id = :batch")
    # Meanwhile the application gives what there is again.
    assert (customer.claim(customer.quick, "k3").status_code, len(asked)) == (201, 1)
    passed[0] += 1.01
    assert (customer.claim(customer.quick, "k4").status_code, len(asked)) == (201, 2)


def test_a_process_that_does_not_know_the_calendar_yet_asks_the_application(
    customer: Customer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(calendars, "_known", [])
    monkeypatch.setattr(quick_claim, "Alone", None)
    assert customer.claim(customer.quick, "k1").status_code == 201
    assert "quick_answer_failed" not in caplog.text


def test_a_calendar_that_changed_is_found_out(customer: Customer, standing_clock: Clock) -> None:
    assert customer.claim(customer.quick, "k1").status_code == 201
    customer.change("UPDATE programme SET cut_over_hour = 4")
    answer = customer.claim(customer.quick, "k2")
    assert answer.status_code == 201
    with customer.database.session() as session:
        day = session.scalar(text("SELECT issued_on FROM coupon ORDER BY id DESC LIMIT 1"))
    assert day == (standing_clock.now + timedelta(hours=8 - 4)).date()
