"""The usual scan is answered before the application, as the application would; everything else is the application's."""

import io
import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from app.errors import Unavailable
from app.extensions import db
from app.models import Member, Store
from app.plain_statements import Alone
from app.rules import member_code
from app.services import points, visits
from app.transaction import transaction
from blueprints import quick_answers
from tests.blueprints.both_ways import NOT_AT_THIS_COUNTER, BothWays, are_one_refusal, without
from tests.conftest import Clock, CommittedDatabase, make_app
from tests.factories import staff as people
from tests.factories.coupons import give_coupon
from tests.factories.members import code_of, make_member

PATH = "/api/store/v1/visits"
OWN = {"visit_id", "expires_at"}


@dataclass
class Counter(BothWays):
    """One clerk and a customer's code."""

    code: str
    # Well formed, and of another moment.
    stale: str

    def visits(self) -> int:
        return self.number("SELECT count(*) FROM counter_visit")


@pytest.fixture
def counter(committed_db: CommittedDatabase, standing_clock: Clock) -> Counter:
    return open_counter(committed_db, standing_clock)


def open_counter(database: CommittedDatabase, watch: Clock) -> Counter:
    """With a customer of its own."""
    with database.session(), transaction():
        member, store = make_member(birthday=(11, 20)), people.make_store()
        person = people.make_staff(at=[store])
        points.earn(member.id, amount=30, source="t", now=watch.now)
        give_coupon(member)
        codes = [code_of(member, now=watch.now - timedelta(minutes=late)) for late in (0, 5)]
        ids = {"staff": person.id, "store": store.id, "member": member.id}
        return Counter(database, ids, people.sign_in(person, store=store), *codes)


@pytest.fixture
def no_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gets to the application's own look fails."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the application was asked")

    monkeypatch.setattr("app.services.scans.step_by_step", refuse)
    monkeypatch.setattr(visits, "holder_look", refuse)


def scan(client: Client, counter: Counter, **changes: Any) -> TestResponse:
    headers = {**counter.headers, **changes.pop("headers", {})}
    asked = {"json": {"member_code": counter.code}, **changes}
    if "data" in asked:
        del asked["json"]
    return client.post(PATH, headers=headers, **asked)


def test_the_usual_scan_does_without_the_application(counter: Counter, no_way_round: None) -> None:
    answer = scan(counter.quick, counter)
    assert (answer.status_code, counter.visits()) == (201, 1)
    assert (answer.json["member"]["points_balance"], len(answer.json["coupons"])) == (30, 1)


@pytest.mark.parametrize("language", ["zh-CN,zh;q=0.9", "en-GB", ""])
def test_both_ways_answer_alike(counter: Counter, standing_clock: Clock, language: str) -> None:
    asked = {"Accept-Language": language, "X-Request-Id": "named-by-the-balancer"}
    quick = scan(counter.quick, counter, headers=asked)
    with counter.database.session():
        standing_clock.move(seconds=30)
        member = db.session.execute(text("SELECT code_number, code_secret_cipher FROM member")).one()
        counter.code = code_of(member, now=standing_clock.now)  # type: ignore[arg-type]
    slow = scan(counter.slow, counter, headers=asked)
    assert (quick.status, slow.status) == ("201 CREATED", "201 CREATED")
    assert without(OWN, quick) == without(OWN, slow)
    heads = [{key: value for key, value in one.headers.items() if key != "Content-Length"} for one in (quick, slow)]
    assert heads[0] == heads[1]
    assert quick.headers["X-Request-Id"] == "named-by-the-balancer"
    assert int(quick.headers["Content-Length"]) == len(quick.data)


def test_coupons_that_name_stores_and_tiers_are_told_without_it(
    counter: Counter, no_way_round: None, caplog: pytest.LogCaptureFixture
) -> None:
    give_more(counter)
    answer = scan(counter.quick, counter, json={"member_code": counter.code, "bill_fen": 8_800})
    assert (answer.status_code, len(answer.json["coupons"]), len(answer.json["quote"]["coupons"])) == (201, 3, 5)
    assert ["只在这里"] in [one["stores"] for one in answer.json["coupons"]]
    assert "quick_answer_failed" not in caplog.text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("bill_fen", [0, 100, 8_800])
def test_a_bill_is_quoted_alike_both_ways_and_by_itself(
    counter: Counter, standing_clock: Clock, bill_fen: int, language: str
) -> None:
    give_more(counter)
    asked = {"Accept-Language": language}
    quick = scan(counter.quick, counter, json={"member_code": counter.code, "bill_fen": bill_fen}, headers=asked)
    standing_clock.move(seconds=30)
    with counter.database.session():
        member = db.session.execute(text("SELECT code_number, code_secret_cipher FROM member")).one()
        code = code_of(member, now=standing_clock.now)  # type: ignore[arg-type]
    slow = scan(counter.slow, counter, json={"member_code": code, "bill_fen": bill_fen}, headers=asked)
    assert without({*OWN, "quote"}, quick) == without({*OWN, "quote"}, slow)
    quoted = []
    for opened in (quick, slow):
        visit_id = opened.json["visit_id"]
        told = counter.slow.post(
            "/api/store/v1/quotes",
            json={"visit_id": visit_id, "bill_fen": bill_fen},
            headers={**counter.headers, **asked},
        )
        assert (told.status_code, opened.json["quote"]["visit_id"]) == (200, visit_id)
        quoted += [without({"visit_id"}, told), {**opened.json["quote"]}]
        del quoted[-1]["visit_id"]
    assert all(one == quoted[0] for one in quoted)
    reasons = {one["refusal"]["code"] for one in quoted[0]["coupons"] if one["refusal"]}
    assert {"wrong_store", "coupon_not_started"} <= reasons


def test_a_quote_that_fails_is_the_applications_with_the_same_visit(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError

    monkeypatch.setattr("app.services.scans.Usual.quoted", broken)
    answer = scan(counter.quick, counter, json={"member_code": counter.code, "bill_fen": 8_800})
    assert (answer.status_code, answer.json["quote"]["best"]["coupon_fen"], counter.visits()) == (201, 1_000, 1)


def give_more(counter: Counter) -> None:
    """For here, for another store, for a tier, and for later."""
    with counter.database.session() as session, transaction():
        member, here = session.get_one(Member, counter.ids["member"]), session.get_one(Store, counter.ids["store"])
        here.name = "只在这里"
        give_coupon(member, stores=[here])
        give_coupon(member, stores=[people.make_store()])
        give_coupon(member, tiers=["silver", "gold"])
        give_coupon(member, start_delay_days=3)


STATES = {
    **NOT_AT_THIS_COUNTER,
    "themself": "UPDATE staff SET member_id = :member WHERE id = :staff",
    "unreadable": "UPDATE member SET code_secret_cipher = code_secret_cipher || '\\x00'::bytea WHERE id = :member",
}
BODIES: dict[str, dict[str, Any]] = {
    "no code": {"json": {}},
    "another name": {"json": {"member_code": "1", "x": 1}},
    "a number": {"json": {"member_code": 28}},
    "a list": {"json": ["28"]},
    "no json": {"data": b"{", "content_type": "application/json"},
    "bad utf-8": {"data": b'{"member_code": "\xff"}', "content_type": "application/json"},
    "twice": {"data": b'{"member_code": "1", "member_code": "2"}', "content_type": "application/json"},
    "undeclared": {"data": b'{"member_code": "1"}', "content_type": "text/plain"},
    "empty": {"data": b"", "content_type": "application/json"},
    "long": {"json": {"member_code": "2" * 4_000}},
    "misread": {"json": {"member_code": "28" + "0" * 18}},
    "nobody's": {"json": {"member_code": member_code.draw("123456789", b"nobody", step=1)}},
    "a bill below nothing": {"json": {"member_code": "1", "bill_fen": -1}},
    "a bill in words": {"json": {"member_code": "1", "bill_fen": "88"}},
    "no token": {"headers": {"Authorization": ""}},
    "another token": {"headers": {"Authorization": "Bearer x"}},
    "a long token": {"headers": {"Authorization": "Bearer " + "x" * 500}},
    "another scheme": {"headers": {"Authorization": "Basic eDp5"}},
}


def test_who_may_not_is_told_so_by_the_application(committed_db: CommittedDatabase, standing_clock: Clock) -> None:
    told = {}
    for state, change in STATES.items():
        counter = open_counter(committed_db, standing_clock)
        counter.change(change)
        told[state] = same_refusal(counter)
    assert (told, counter.visits()) == (dict.fromkeys(STATES, True), 0)


def test_what_is_no_scan_is_told_so_by_the_application(counter: Counter) -> None:
    told = {name: same_refusal(counter, **asked) for name, asked in BODIES.items()}
    assert (told, counter.visits()) == (dict.fromkeys(BODIES, True), 0)


def same_refusal(counter: Counter, **asked: Any) -> bool:
    return are_one_refusal(scan(counter.quick, counter, **asked), scan(counter.slow, counter, **asked))


def test_a_scan_again_is_the_applications(counter: Counter) -> None:
    first, again = (scan(counter.quick, counter) for _ in range(2))
    assert (again.status_code, again.json["visit_id"], counter.visits()) == (201, first.json["visit_id"], 1)


def test_other_ways_of_writing_it_are_the_applications(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.services.scans.Usual", None)
    answers = [
        scan(counter.quick, counter, content_type="application/json; charset=utf-8"),
        scan(counter.quick, counter, query_string="x=1"),
    ]
    assert [one.status_code for one in answers] == [201, 201]
    assert "quick_answer_failed" not in caplog.text


def test_past_the_limit_of_wrong_codes_it_opens_nothing(counter: Counter) -> None:
    told = [scan(counter.quick, counter, json={"member_code": counter.stale}).status_code for _ in range(31)]
    assert told == [422] * 30 + [429]
    assert scan(counter.quick, counter).status_code == 429
    assert counter.visits() == 0


def test_a_failure_on_the_way_is_told_in_the_log_and_the_application_answers(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("secret words")

    monkeypatch.setattr("app.services.scans.Usual", broken)
    answer = scan(counter.quick, counter)
    assert (answer.status_code, counter.visits()) == (201, 1)
    assert [record.levelname for record in caplog.records if "quick_answer_failed" in str(record.msg)] == ["ERROR"]


def test_a_database_that_is_away_is_told_by_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    # Making an application sets up logging anew, past caplog.
    monkeypatch.setattr(quick_answers, "_log", SimpleNamespace(exception=lambda event, **_: told.append(event)))
    client = Client(make_app(database_url="postgresql://nobody:x@127.0.0.1:9/none"))
    code = member_code.draw("123456789", b"nobody", step=1)
    answer = client.post(PATH, json={"member_code": code}, headers={"Authorization": "Bearer some-token"})
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
    assert told == []


def test_it_is_counted_and_logged_like_any_request(counter: Counter, caplog: pytest.LogCaptureFixture) -> None:
    def counted() -> float:
        found = [
            line
            for line in Client(counter.database.app).get("/metrics", environ_base=here).text.splitlines()
            if mark in line
        ]
        return float(found[0].rpartition(" ")[2]) if found else 0.0

    here = {"REMOTE_ADDR": "127.0.0.1"}
    mark = 'huitou_requests_total{endpoint="store.visits.scan",method="POST",status="201"}'
    before = counted()
    with caplog.at_level(logging.INFO, logger="huitou.requests"):
        answer = scan(counter.quick, counter)
    assert counted() == before + 1
    (line,) = [json.loads(one.getMessage()) for one in caplog.records if one.name == "huitou.requests"]
    assert (line["status"], line["request_id"]) == (201, answer.headers["X-Request-Id"])
    assert set(line) == {"endpoint", "status", "ms", "event", "request_id", "level", "timestamp"}
    assert counter.code not in caplog.text


def test_what_it_asked_on_the_way_is_undone_and_its_connection_given_back(counter: Counter) -> None:
    app = counter.database.app
    with app.app_context():
        engine = db.engine
    for _ in range(40):
        assert scan(counter.quick, counter, json={"member_code": counter.stale}).status_code in (422, 429)
    counter.change("DELETE FROM attempt_counter")
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    left_open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in tr%'"
    assert counter.number(left_open) == 0
    with Alone(engine) as database:
        pid = database.ask((text("SELECT pg_backend_pid() AS pid"), {}))[0][0].pid
        with counter.database.session():
            db.session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            db.session.rollback()
        with pytest.raises(Unavailable):
            database.ask((text("SELECT 1 AS one"), {}))
    assert scan(counter.quick, counter).status_code == 201


def test_the_body_can_be_read_behind_it() -> None:
    body = b'{"member_code": "1"}'
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    app = make_app(database_url="postgresql://nobody:x@127.0.0.1:9/none")
    assert quick_answers.of(app).answer(environ) is None
    assert environ["wsgi.input"].read() == body
