"""What reports of coupons and settlements read: plans pinned on a year of fifty thousand coupons. Nothing is timed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from app.extensions import db
from app.models import CouponBatch
from app.services import counter_reports, coupon_reports, periods, programmes, settlements
from app.services.periods import Period
from tests import conftest
from tests.conftest import NOON
from tests.factories import coupon_year
from tests.test_query_plans import Shop, plans, read, rows_read

# What grows with every coupon and bill; batches, stores and payers are few.
BIG = frozenset({"coupon", "redemption", "checkout", "purchase", "redemption_attempt"})
# A week in the middle of the year, of which there are 57.
WEEK = (date(2026, 5, 1), date(2026, 5, 8))
STORE, PAYER, BATCH = 905, 3, 22


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    url = conftest.clone_database()
    coupon_year.fill(url, first="2025-11-01")
    made = Shop(conftest.make_app(database_url=url), url)
    with made.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: made.sent.append((args[2], dict(args[3] or {}))))
    yield made
    engine.dispose()
    conftest._drop(url.rsplit("/", 1)[1])


@dataclass(frozen=True)
class Asked:
    """A report, the indexes that carry it, and the rows of big tables it may look at."""

    call: Callable[[Period], Any]
    rows: int
    through: frozenset[str]


def _one_batch(period: Period) -> None:
    batch = db.session.get_one(CouponBatch, BATCH)
    report = coupon_reports.of_batch(batch.public_id, period, now=NOON)
    assert report.curve
    assert report.bills.with_coupon.bills


def _settled(period: Period) -> None:
    assert settlements.sums(PAYER, period=period).returned
    assert len(settlements.list_lines(PAYER, period=period, after=None, limit=3).items) == 3


ISSUED, USED = "ix_coupon_batch_id_issued_on", "ix_redemption_batch_id_redeemed_at"
AT_STORE, BILLS = "ix_redemption_store_id_redeemed_at", "ix_purchase_store_id_occurred_at"
# Of the week: some 875 coupons, 437 uses, 875 bills, 218 refusals.
REPORTS = {
    "summary": Asked(
        lambda period: coupon_reports.summary(period, now=NOON), 6_000, frozenset({ISSUED, USED, AT_STORE, BILLS})
    ),
    # Ten batches: of each the week, and what it has cost in all its life.
    "batches": Asked(
        lambda period: coupon_reports.list_batches(period, after=None, limit=10, now=NOON),
        7_000,
        frozenset({ISSUED, USED}),
    ),
    "families": Asked(
        lambda period: coupon_reports.list_families(period, after=None, limit=2, now=NOON),
        9_000,
        frozenset({ISSUED, USED}),
    ),
    "one batch": Asked(_one_batch, 3_000, frozenset({ISSUED, USED, AT_STORE, BILLS})),
    "most used": Asked(
        lambda period: coupon_reports.top_rewards(period, by="rate", min_issued=1, limit=20, now=NOON),
        2_500,
        frozenset({ISSUED, USED}),
    ),
    "stores": Asked(
        lambda period: counter_reports.list_stores(period, after=None, limit=20),
        1_500,
        frozenset({AT_STORE, "ix_redemption_attempt_store_id_tried_at"}),
    ),
    "people": Asked(
        lambda period: counter_reports.list_clerks(STORE, period=period, after=None, limit=20),
        300,
        frozenset({AT_STORE, "ix_redemption_attempt_store_id_tried_at"}),
    ),
    "refusals": Asked(counter_reports.reasons, 800, frozenset({"ix_redemption_attempt_tried_at"})),
    "settlement": Asked(_settled, 1_500, frozenset({USED, "ix_redemption_batch_id_reversed_at"})),
}


@pytest.mark.parametrize("name", REPORTS)
def test_plans_of_reports(shop: Shop, name: str) -> None:
    asked = REPORTS[name]
    with shop.undone():
        programmes.get()
        period = periods.of(*WEEK)
        shop.sent.clear()
        asked.call(period)
        sent = list(shop.sent)
    used: set[str] = set()
    with psycopg.connect(shop.url) as connection:
        for statement, values in sent:
            if re.match(r"\s*(SELECT|WITH)\b", statement):
                for plan in plans(connection, statement, values):
                    indexes, wrong = read(plan, big=BIG)
                    assert not wrong, f"{name}: {'; '.join(wrong)}\n{statement}"
                    used |= indexes
    assert asked.through <= used, f"{name} goes through {sorted(used)}"


@pytest.mark.parametrize("name", REPORTS)
def test_rows_read_by_reports(shop: Shop, name: str) -> None:
    with shop.undone():
        period = periods.of(*WEEK)
        before = rows_read(BIG)
        REPORTS[name].call(period)
        seen = {key: rows - before.get(key, 0) for key, rows in rows_read(BIG).items()}
    assert {table: rows for (table, how), rows in seen.items() if how == "seq" and rows} == {}
    assert 0 < sum(seen.values()) <= REPORTS[name].rows, seen
