"""What the hot paths read: plans pinned on a shop of twenty thousand members, triggers and foreign keys included.

Nothing is timed. A statement that reads a big table from end to end, or more rows than the members it is about explain, is
named with its plan.
"""

import os
import re
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from apiflask import APIFlask
from sqlalchemy import event, text

from app.extensions import db
from app.gateways import vault as vaults
from app.models import Purchase
from app.services import (
    check_ins,
    member_search,
    member_timeline,
    points,
    points_notices,
    programmes,
    purchases,
    purchases_waiting,
    sessions,
    tier_reviews,
    tiers,
)
from app.services.member_search import Wanted
from benchmarks import data, fill_statements
from tests import conftest

MEMBERS = 20_000
MEMBER = 7_777
NOW = datetime.now(UTC)
# Everything a member adds to; the rest is settings and stays small.
BIG = frozenset(name.split()[0] for name in fill_statements.TABLES)
SCANS = ("Index Scan", "Index Only Scan", "Bitmap Index Scan")
# Indexes that hold nothing but what is waited for: reading all of them is the work itself.
QUEUES = frozenset({"ix_purchase_waiting_phone", "ix_purchase_waiting_external", "ix_points_hold_due"})
KINDS = {
    bool: "boolean",
    str: "text",
    datetime: "timestamptz",
    date: "date",
    UUID: "uuid",
}

Statement = tuple[str, dict[str, Any]]


@dataclass
class Shop:
    """A filled database, an application on it, and what was sent to it."""

    app: APIFlask
    url: str
    sent: list[Statement] = field(default_factory=list)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """An application context whose work is rolled back after every deferred trigger had its look."""
        with self.app.app_context():
            try:
                yield
                db.session.flush()
                db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            finally:
                db.session.rollback()
                db.session.remove()


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with filled_once() as url:
        made = Shop(conftest.make_app(database_url=url), url)
        with made.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", lambda *args: made.sent.append((args[2], dict(args[3] or {}))))
        yield made
        engine.dispose()


@contextmanager
def filled_once() -> Iterator[str]:
    """A shop all workers of this run share: the first one in fills it, the last one out takes it away."""
    name = f"{os.environ[conftest.TEMPLATE]}_plans"
    key = zlib.crc32(name.encode())
    url = conftest.with_database(os.environ[conftest.DATABASE], name)
    with psycopg.connect(os.environ[conftest.DATABASE], autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", (key,))
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{os.environ[conftest.TEMPLATE]}"')
            data.fill(url, members=MEMBERS, app_id="wxtest000000000001", now=NOW)
        admin.execute("SELECT pg_advisory_lock_shared(%s), pg_advisory_unlock(%s)", (key, key))
        try:
            yield url
        finally:
            admin.execute("SELECT pg_advisory_unlock_shared(%s)", (key,))
            if admin.execute("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone() == (True,):
                conftest._drop(name)


@dataclass(frozen=True)
class Work:
    """One hot path: what is called, and the rows of big tables it may look at."""

    call: Callable[[], Any]
    rows: int
    # Indexes that must carry it.
    through: frozenset[str] = frozenset()


def _earn() -> None:
    points.earn(MEMBER, amount=7, source="plan:earn", now=NOW)


def _claim() -> None:
    add = "INSERT INTO member_identity (member_id, kind, app_id, value, linked_at) VALUES (:m, 'external', 'bench', :v, :now)"
    db.session.execute(text(add), {"m": MEMBER, "v": "bench-customer-7", "now": NOW})
    assert purchases_waiting.claim(MEMBER, now=NOW) == 1


def _holds() -> None:
    for member_id in (MEMBER, MEMBER + 1):
        points.hold(member_id, amount=3, source="plan:hold", expires_at=NOW + timedelta(minutes=1), now=NOW)
    assert points.release_due(now=NOW + timedelta(minutes=2), limit=100) == 2


def _purchase() -> Purchase:
    return purchases.record(
        MEMBER, store_id=None, channel="bench", order_no="plan-1", bill_fen=12_345, discount_fen=0, now=NOW
    )


def _find(**wanted: Any) -> None:
    member_search.list_members(Wanted(**wanted), after=None, limit=5)


WORK = {
    "balance": Work(lambda: points.spendable(MEMBER, now=NOW), 20, frozenset({"ix_points_lot_open"})),
    "summary": Work(lambda: points.summary(MEMBER, now=NOW), 60, frozenset({"ix_points_lot_open"})),
    "statement": Work(
        lambda: points.list_entries(MEMBER, after=None, limit=5), 80, frozenset({"uq_points_entry_member_id_seq"})
    ),
    "statement, next page": Work(lambda: points.list_entries(MEMBER, after=(6,), limit=5), 80),
    "statement of a year": Work(
        lambda: list(points.iter_statement(MEMBER, first=date(2025, 1, 1), last=date(2027, 1, 1))), 120
    ),
    "timeline": Work(
        lambda: member_timeline.list_events(MEMBER, after=None, limit=5),
        120,
        frozenset({"ix_purchase_member_id_occurred_at"}),
    ),
    "timeline, a later page": Work(
        lambda: member_timeline.list_events(MEMBER, after=(NOW, "tier", "1"), limit=5, kind="points"), 60
    ),
    "found by the end of a phone": Work(
        lambda: _find(phone_tail="7778", store_code="S1"), 60, frozenset({"ix_member_phone_tail"})
    ),
    "found by an order": Work(lambda: _find(order_no="plan-none"), 20, frozenset({"uq_purchase_order"})),
    "found by a code": Work(lambda: _find(code_number="000000000"), 20, frozenset({"uq_member_code_number"})),
    "standing": Work(lambda: tiers.standing(MEMBER), 20),
    "earn": Work(_earn, 120, frozenset({"uq_points_entry_member_id_source"})),
    "spend": Work(
        lambda: points.spend(MEMBER, amount=30, source="plan:spend", now=NOW), 160, frozenset({"ix_points_lot_open"})
    ),
    "check-in": Work(lambda: check_ins.check_in(MEMBER, now=NOW), 300, frozenset({"pk_check_in"})),
    "purchase": Work(_purchase, 400, frozenset({"ix_earning_source"})),
    "waiting bills claimed": Work(_claim, 500, frozenset({"ix_purchase_waiting_external"})),
    "holds given back": Work(_holds, 500, frozenset({"ix_points_hold_due"})),
    # Fifty lots of some ten members.
    "expiry": Work(lambda: points.expire_due(now=NOW, limit=50), 2_500, frozenset({"ix_points_lot_due"})),
    "expiry told ahead": Work(
        lambda: points_notices.announce(now=NOW, limit=50), 400, frozenset({"ix_points_lot_due"})
    ),
    "tier review": Work(
        lambda: tier_reviews.review_due(now=NOW, limit=50), 2_500, frozenset({"ix_member_account_review"})
    ),
    "tier drops told ahead": Work(
        lambda: tier_reviews.announce_drops(now=NOW, after=None, limit=50),
        2_500,
        frozenset({"ix_member_account_review"}),
    ),
    "session": Work(
        lambda: sessions.find_member_session(vaults.token_hash("nobody"), now=NOW),
        5,
        frozenset({"uq_member_session_token_hash"}),
    ),
}


@pytest.mark.parametrize("name", WORK)
def test_plans_of_the_hot_paths(shop: Shop, name: str) -> None:
    work = WORK[name]
    with shop.undone():
        programmes.get()
        shop.sent.clear()
        work.call()
        sent = list(shop.sent)
    assert sent
    used: set[str] = set()
    with psycopg.connect(shop.url) as connection:
        for statement, values in sent:
            if not re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", statement):
                continue
            for plan in plans(connection, statement, values):
                indexes, wrong = read(plan)
                assert not wrong, f"{name}: {'; '.join(wrong)}\n{statement}"
                used |= indexes
    assert work.through <= used, f"{name} goes through {sorted(used)}"


@pytest.mark.parametrize("name", WORK)
def test_rows_read_by_the_hot_paths(shop: Shop, name: str) -> None:
    with shop.undone():
        before = rows_read()
        WORK[name].call()
        db.session.flush()
        db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        seen = {key: rows - before.get(key, 0) for key, rows in rows_read().items()}
    assert {table: rows for (table, how), rows in seen.items() if how == "seq" and rows} == {}
    assert sum(seen.values()) <= WORK[name].rows, seen


def rows_read(big: Collection[str] = BIG) -> dict[tuple[str, str], int]:
    """Rows of big tables this transaction has read, by statements, triggers and foreign keys alike: (table, how) → rows."""
    rows = db.session.execute(
        text(
            "SELECT relname, seq_tup_read, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
            " WHERE relname = ANY(:big)"
        ),
        {"big": list(big)},
    ).all()
    return {(row[0], how): row[place] for row in rows for how, place in (("seq", 1), ("index", 2))}


def plans(connection: "psycopg.Connection[Any]", statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The plan for these very values; also the one for any values, where a prepared statement would take it."""
    row = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}", values).fetchone()
    assert row is not None
    numbers: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"${numbers.setdefault(match[1], len(numbers) + 1)}"

    numbered = re.sub(r"%\((\w+)\)s", number, statement).replace("%%", "%")
    kinds = ", ".join(kind_of(values[name]) for name in numbers)
    connection.execute(f"PREPARE plan {f'({kinds})' if kinds else ''} AS {numbered}")
    connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    nulls = ", ".join("NULL" for _ in numbers)
    generic = connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE plan {f'({nulls})' if nulls else ''}").fetchone()
    connection.execute("DEALLOCATE plan")
    assert generic is not None
    own, general = row[0][0]["Plan"], generic[0][0]["Plan"]
    # PostgreSQL's own choice (plancache.c): the general plan when it is cheaper than planning anew each time.
    planning = 1000 * 0.0025 * (len(re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE)\b", statement)) + 1)
    return [own, general] if general["Total Cost"] < own["Total Cost"] + planning else [own]


def kind_of(value: Any) -> str:
    """The PostgreSQL type of a bound value."""
    if isinstance(value, list):
        first = next((one for one in value if one is not None), None)
        return "bigint[]" if isinstance(first, int) else f"{'text' if first is None else kind_of(first)}[]"
    if type(value) is int:
        # As the driver sends it: the shortest that holds it.
        return next(
            kind for kind, bits in (("smallint", 15), ("integer", 31), ("bigint", 63)) if abs(value) < 1 << bits
        )
    return "unknown" if value is None else KINDS.get(type(value), "bytea")


def read(plan: dict[str, Any], *, big: frozenset[str] = BIG) -> tuple[set[str], list[str]]:
    """The indexes a plan goes through, and what it should not do with big tables."""
    used: set[str] = set()
    wrong: list[str] = []
    todo = [plan]
    while todo:
        node = todo.pop()
        todo += node.get("Plans", [])
        kind, table, index = node["Node Type"], node.get("Relation Name"), str(node.get("Index Name"))
        if kind == "Seq Scan" and table in big:
            wrong.append(f"reads {table} from end to end")
        if kind in SCANS:
            used.add(index)
            if "Index Cond" not in node and index not in QUEUES and _table_of(index) in big:
                wrong.append(f"reads {index} from end to end")
    return used, wrong


def _table_of(index: str) -> str:
    """The table an index belongs to: its name begins with it."""
    return max((table for table in db.metadata.tables if re.match(rf"[a-z]+_{table}(_|$)", index)), key=len, default="")
