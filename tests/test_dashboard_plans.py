"""What counting a day reads: plans pinned on a year of bills, points and messages. Nothing is timed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from app.extensions import db
from app.services import dashboards, day_figures, programmes
from app.services.day_figures import Due
from tests import conftest
from tests.factories import coupon_year
from tests.test_query_plans import Shop, plans, read, rows_read

# What grows with every member, bill, point and message.
BIG = frozenset({"member", "purchase", "points_entry", "coupon", "redemption", "checkout", "delivery"})
# The first entry of an index is read from its end: the rows read say that it is one.
FIRST = "reads ix_member_joined_at from end to end"
DAY = date(2026, 5, 3)
NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)

# 150 members, 150 points entries and 150 messages a day, written in the order in which they came.
FILL = """
INSERT INTO member (id, public_id, status, nickname, locale, code_number, code_secret_cipher, joined_at, joined_channel,
                    marketing_consent)
OVERRIDING SYSTEM VALUE
SELECT n, gen_random_uuid(), 'active', '', 'zh_CN', lpad(n::text, 9, '0'), '', %(first)s::date + n / 150, 'mini', true
  FROM generate_series(1, 60000) n;

INSERT INTO points_entry (member_id, id, seq, kind, from_account, to_account, amount, balance_after, owed_after, source,
                          business_date, occurred_at, recorded_at)
OVERRIDING SYSTEM VALUE
SELECT 1 + n * 7919 %% 60000, n, n, 'earn', 'issue', 'member', 5, 5, 0, 'gift:' || n, %(first)s::date + n / 150,
       %(first)s::date + n / 150, %(first)s::date + n / 150
  FROM generate_series(1, 60000) n;

INSERT INTO delivery (campaign_id, occurrence, member_id, state, message_template_id, due_at, attempts, awaiting_event,
                      dispatched_at)
SELECT 1, '0', n, 'sent', 1, %(first)s::date + n / 150, 1, false, %(first)s::date + n / 150 + interval '12 hours'
  FROM generate_series(1, 60000) n;
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    url = conftest.clone_database()
    coupon_year.fill(url, first="2025-11-01")
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(FILL.encode(), {"first": "2025-11-01"})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    made = Shop(conftest.make_app(database_url=url), url)
    with made.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: made.sent.append((args[2], dict(args[3] or {}))))
    yield made
    engine.dispose()
    conftest._drop(url.rsplit("/", 1)[1])


@dataclass(frozen=True)
class Asked:
    """A count or a look, the indexes that carry it, the rows of big tables it may look at, how many statements it takes."""

    call: Callable[[], Any]
    rows: int
    through: frozenset[str]
    statements: int


AT_STORES = frozenset({"ix_purchase_store_id_occurred_at"})
WORK = {
    # Of the day: some 150 members, entries and messages, 125 coupons, 60 uses and bills; the two BRIN indexes give pages.
    "a day": Asked(
        lambda: day_figures.count(Due(DAY, stands=False), now=NOW),
        9_000,
        AT_STORES
        | {
            "ix_member_joined_at",
            "ix_points_entry_business_date",
            "ix_delivery_dispatched_at",
            "ix_coupon_batch_id_issued_on",
            "ix_redemption_store_id_redeemed_at",
            "ix_checkout_store_id_settled_at",
        },
        2,
    ),
    # A quarter's bills: some 11,000.
    "who bought again": Asked(lambda: day_figures.count_windows(DAY, now=NOW), 13_000, AT_STORES, 4),
    "what is due": Asked(lambda: day_figures.list_due(now=NOW, limit=9), 1, frozenset({"ix_member_joined_at"}), 2),
    "the dashboard": Asked(lambda: dashboards.look(days=90, until_on=None, now=NOW), 0, frozenset(), 2),
}


@pytest.mark.parametrize("name", WORK)
def test_plans_of_the_dashboard(shop: Shop, name: str) -> None:
    asked = WORK[name]
    with shop.undone():
        programmes.get()
        shop.sent.clear()
        asked.call()
        sent = list(shop.sent)
    assert len(sent) == asked.statements
    used: set[str] = set()
    with psycopg.connect(shop.url) as connection:
        for statement, values in sent:
            if re.match(r"\s*(SELECT|WITH)\b", statement):
                for plan in plans(connection, statement, values):
                    indexes, wrong = read(plan, big=BIG)
                    wrong = [one for one in wrong if not (name == "what is due" and one == FIRST)]
                    assert not wrong, f"{name}: {'; '.join(wrong)}\n{statement}"
                    used |= indexes
    assert asked.through <= used, f"{name} goes through {sorted(used)}"


@pytest.mark.parametrize("name", WORK)
def test_rows_read_by_the_dashboard(shop: Shop, name: str) -> None:
    with shop.undone():
        programmes.get()
        before = rows_read(BIG)
        WORK[name].call()
        seen = {key: rows - before.get(key, 0) for key, rows in rows_read(BIG).items()}
    assert {table: rows for (table, how), rows in seen.items() if how == "seq" and rows} == {}
    assert sum(seen.values()) <= WORK[name].rows, seen
