"""The usual bill is one statement and writes what the long way writes; what is not usual takes the long way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import Purchase
from app.services import earning_rules, growth, points, programmes, purchase_at_once, purchases
from app.services.purchases import BillLine
from tests.conftest import NOON, Clock
from tests.factories.members import make_member
from tests.factories.staff import make_store
from tests.services.test_check_in_at_once import begin_a_ladder_of_a_year, owe, stand_before_a_rung

# Everything a bill touches, without the keys the database counts up; sources name the purchase by its place.
WRITTEN = {
    "member_account": "to_jsonb(r) - 'member_id'",
    "purchase": "to_jsonb(r) - 'member_id' - 'id' - 'public_id' - 'order_no'",
    "points_entry": "to_jsonb(r) - 'member_id' - 'id' - 'source' - 'reverses_id'",
    "points_lot": "to_jsonb(r) - 'member_id' - 'id' - 'entry_id'",
    "growth_entry": "to_jsonb(r) - 'member_id' - 'id' - 'source'",
    "earning": "to_jsonb(r) - 'member_id' - 'id' - 'source'",
    "member_badge": "to_jsonb(r) - 'member_id'",
    "member_event": "to_jsonb(r) - 'member_id'",
    "tier_history": "to_jsonb(r) - 'member_id' - 'id'",
}
LINES = """
    SELECT to_jsonb(line) - 'purchase_id' AS row FROM purchase_line AS line JOIN purchase ON purchase.id = line.purchase_id
     WHERE purchase.member_id = :m ORDER BY row
"""
# Of every entry and earning: the purchase it names, counted among the member's, and the rest of its source.
SOURCES = """
    WITH mine AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM purchase WHERE member_id = :m)
    SELECT said.kind || ' ' || mine.place || coalesce(':' || nullif(split_part(said.source, ':', 3), ''), '') AS row
      FROM (SELECT 'points' AS kind, source FROM points_entry WHERE member_id = :m
            UNION ALL SELECT 'growth', source FROM growth_entry WHERE member_id = :m
            UNION ALL SELECT 'earning', source FROM earning WHERE member_id = :m) AS said
      JOIN mine ON split_part(said.source, ':', 2) = mine.id::text
     ORDER BY row
"""


def written(session: Session, member_id: int) -> dict[str, list[Any]]:
    """What stands in the database about a member."""
    session.flush()
    queries = {
        table: f"SELECT {row} AS row FROM {table} AS r WHERE r.member_id = :m ORDER BY row"  # noqa: S608
        for table, row in WRITTEN.items()
    }
    queries |= {"purchase_line": LINES, "sources": SOURCES}
    return {name: list(session.scalars(text(query), {"m": member_id})) for name, query in queries.items()}


def record(member_id: int, *, order_no: str, now: datetime, **told: Any) -> Purchase:
    bill = {"store_id": None, "channel": "shop", "bill_fen": 8_850, **told}
    return purchases.record(member_id, order_no=order_no, now=now, **bill)


@pytest.fixture
def long_way(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Purchase]:
    def record_step_by_step(*given: Any, **told: Any) -> Purchase:
        with monkeypatch.context() as patch:
            patch.setattr(purchase_at_once, "attempt", lambda *_, **__: None)
            return record(*given, **told)

    return record_step_by_step


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each attempt wrote the bill."""
    done: list[bool] = []
    attempt = purchase_at_once.attempt

    def watched(*given: Any, **told: Any) -> Purchase | None:
        purchase = attempt(*given, **told)
        done.append(purchase is not None)
        return purchase

    monkeypatch.setattr(purchase_at_once, "attempt", watched)
    return done


@pytest.mark.parametrize("terms", ["12M", "never", "30D@month"])
def test_both_ways_write_the_same_rows(
    db_session: Session, standing_clock: Clock, long_way: Callable[..., Purchase], at_once: list[bool], terms: str
) -> None:
    programme = programmes.get()
    programme.points_expiry, programme.cut_over_hour = terms, 3
    store = make_store()
    db_session.flush()
    one, other = make_member(), make_member()
    lines = [BillLine(amount_fen=5_000, category="tea", sku="T1", quantity=2), BillLine(amount_fen=2_850)]
    bills: list[dict[str, Any]] = [
        {"bill_fen": 3_300},
        {"bill_fen": 8_850, "discount_fen": 1_000, "lines": lines, "store_id": store.id},
        # Less than a yuan earns nothing; a bill paid by a coupon alone neither.
        {"bill_fen": 40},
        {"bill_fen": 500, "discount_fen": 500},
        {"bill_fen": 1_200, "occurred_at": -timedelta(days=3)},
        {"bill_fen": 1_200, "occurred_at": timedelta(minutes=3)},
    ]
    for number, bill in enumerate(bills):
        now = standing_clock.move(days=0.6)
        told = bill | ({"occurred_at": now + bill["occurred_at"]} if "occurred_at" in bill else {})
        mine = record(one.id, order_no=f"one-{number}", now=now, **told)
        long_way(other.id, order_no=f"other-{number}", now=now, **told)
        db_session.expire(mine)
        assert (mine.bill_fen, mine.status, mine.refunded_fen) == (bill["bill_fen"], "paid", 0)
    assert at_once == [True] * len(bills)
    rows = written(db_session, one.id)
    assert rows == written(db_session, other.id)
    counts = [len(rows[table]) for table in ("purchase", "points_entry", "growth_entry", "purchase_line")]
    assert counts == [6, 4, 4, 7]
    assert [row["badge_id"] for row in rows["member_badge"]]


def test_what_the_session_knows_is_what_is_stored(db_session: Session, at_once: list[bool]) -> None:
    purchase = record(make_member().id, order_no="A1", now=NOON)
    known = {column.key: getattr(purchase, column.key) for column in Purchase.__table__.columns}
    db_session.refresh(purchase)
    assert known == {column.key: getattr(purchase, column.key) for column in Purchase.__table__.columns}
    assert at_once == [True]


def add_rule(ledger: str, **terms: Any) -> None:
    earning_rules.create(
        code=f"extra_{ledger}",
        event="purchase",
        ledger=ledger,
        name="加送",
        name_en="Extra",
        terms={"kind": "fixed", "amount": 3, **terms},
        actor=Actor.system(),
        now=NOON,
    )


def book_later(member_id: int) -> None:
    points.earn(member_id, amount=1, source="later", now=NOON + timedelta(minutes=1))


UNUSUAL: dict[str, Callable[[int], None]] = {
    "a debt": owe,
    "a ladder of periods": begin_a_ladder_of_a_year,
    "a second points rule": lambda _: add_rule("points"),
    "a second growth rule": lambda _: add_rule("growth"),
    "a rule with a cap": lambda _: add_rule("points", cap_per_day=2),
    "a rule that counts purchases": lambda _: add_rule("points", nth_purchase=1),
    "a clock a little behind": book_later,
}


@pytest.mark.parametrize("case", UNUSUAL)
def test_what_is_not_usual_goes_the_long_way(
    db_session: Session, long_way: Callable[..., Purchase], at_once: list[bool], case: str
) -> None:
    one, other = make_member(), make_member()
    for member in (one, other):
        if "rule" in case and member is other:
            continue
        UNUSUAL[case](member.id) if "ladder" not in case or member is one else None
    record(one.id, order_no="one", now=NOON)
    long_way(other.id, order_no="other", now=NOON)
    assert at_once == [False]
    assert written(db_session, one.id) == written(db_session, other.id)


@pytest.mark.parametrize("bill_fen", [100, 90_000, 900_000], ids=["the next", "one passed", "the highest"])
def test_a_rung_is_reached_alike_both_ways(
    db_session: Session, long_way: Callable[..., Purchase], at_once: list[bool], bill_fen: int
) -> None:
    one, other = make_member(), make_member()
    for member in (one, other):
        stand_before_a_rung(member.id)
    record(one.id, order_no="one", now=NOON, bill_fen=bill_fen)
    long_way(other.id, order_no="other", now=NOON, bill_fen=bill_fen)
    rows = written(db_session, one.id)
    assert (at_once, rows) == ([True], written(db_session, other.id))
    assert (len(rows["tier_history"]), rows["member_account"][0]["tier_id"] > 1) == (1, True)
    assert "tier_up" in [row["kind"] for row in rows["member_event"]]


def test_an_order_told_again_is_the_first_bill(db_session: Session, at_once: list[bool]) -> None:
    member = make_member()
    first = record(member.id, order_no="A1", now=NOON)
    before = written(db_session, member.id)
    assert record(member.id, order_no="A1", now=NOON + timedelta(hours=1)).id == first.id
    assert written(db_session, member.id) == before
    assert at_once == [True, False]


def test_growth_of_several_bills_adds_up(db_session: Session, at_once: list[bool]) -> None:
    member = make_member()
    growth.add(member.id, amount=5, source="gift", now=NOON)
    for number in range(3):
        record(member.id, order_no=f"A{number}", now=NOON)
    account = written(db_session, member.id)["member_account"][0]
    assert (account["points_balance"], account["growth_value"]) == (264, 269)
    # The third reaches a rung.
    assert at_once == [True, True, True]
    assert [row["reason"] for row in written(db_session, member.id)["tier_history"]] == ["growth"]
