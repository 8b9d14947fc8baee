"""What a segment's condition reads over a range of members: a few rows of each, never another table from end to end.

Every question there is, on twenty thousand members and on a year of fifty thousand coupons. Nothing is timed.
"""

# ruff: noqa: S608  (conditions hold no word of a rule)

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from app.extensions import db
from app.rules import segment_compiler, segment_grammar
from app.services import segments
from app.statements import segments as statements
from tests import conftest
from tests.conftest import NOON
from tests.factories import coupon_year
from tests.factories.messages import make_campaign, make_message_template
from tests.test_query_plans import MEMBERS, NOW, Shop, filled_once

FIRST, RANGE = 7_000, 200
# Rows of one member that a question may look at, the member's own row and names looked up included.
ROWS_OF_ONE = 14
BIG = (
    "member",
    "member_account",
    "member_tag",
    "member_list_entry",
    "member_figure",
    "points_lot",
    "purchase",
    "purchase_line",
    "check_in",
    "coupon",
    "redemption",
    "delivery",
)
GONE = "00000000-0000-0000-0000-000000000007"
SAID: dict[str, dict[str, Any]] = {
    "joined_on": {"from": "2020-01-01"},
    "birthday_month": {"any_of": [3]},
    "joined_channel": {"any_of": ["counter"]},
    "joined_store": {"any_of": ["S1"]},
    "locale": {"any_of": ["en"]},
    "tag": {"any_of": ["plan"]},
    "member_list": {"any_of": [GONE]},
    "tier": {"any_of": ["gold"]},
    "lifecycle": {"any_of": ["lost"]},
    "points_expiring": {"days": 30, "min": 5},
    "purchases": {"days": 90, "min": 2, "categories": ["tea"], "skus": ["a"]},
    "spent_fen": {"days": 90, "min": 2, "categories": ["tea"]},
    "check_ins": {"days": 30, "min": 3},
    "coupons_expiring": {"days": 30},
    "coupons_redeemed": {"days": 30, "min": 1, "batches": [GONE]},
    "messages_sent": {"days": 30, "min": 2, "topics": ["promotion"]},
}
ENDS = {"min": 1, "max": 5}
OF_COUPONS = ("coupons_held", "coupons_expiring", "coupons_redeemed")


def question(kind: str) -> dict[str, Any]:
    shape = segment_grammar.QUESTIONS[kind]
    return {"is": kind, **SAID.get(kind, ENDS if shape.is_bounded else {})}


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with filled_once() as url:
        made = Shop(conftest.make_app(database_url=url), url)
        with made.app.app_context():
            engine = db.engine
        yield made
        engine.dispose()


@pytest.fixture(scope="module")
def coupon_shop() -> Iterator[Shop]:
    url = conftest.clone_database()
    coupon_year.fill(url, first="2025-11-01")
    made = Shop(conftest.make_app(database_url=url), url)
    with made.app.app_context():
        engine = db.engine
    yield made
    engine.dispose()
    conftest._drop(url.rsplit("/", 1)[1])


@contextmanager
def full(shop: Shop) -> Iterator[None]:
    """Tags, figures and messages of everybody besides; all of it undone."""
    with shop.undone():
        campaign = make_campaign(make_message_template())
        for statement in (
            "INSERT INTO tag (public_id, name, created_at) VALUES (gen_random_uuid(), 'plan', :now)",
            "INSERT INTO member_tag SELECT m.id, t.id, NULL, :now FROM member m CROSS JOIN tag t",
            "INSERT INTO member_figure (member_id, purchases, spent_fen, purchases_year, spent_year_fen, stage,"
            " stage_since, computed_on) SELECT id, 0, 0, 0, 0, 'lost', :today, :today FROM member",
            "INSERT INTO delivery (campaign_id, occurrence, member_id, state, message_template_id, due_at, attempts,"
            " awaiting_event, dispatched_at, finished_at) SELECT :campaign, '0', id, 'sent', :template, :now, 1, false,"
            " :now, :now FROM member",
            "ANALYZE tag, member_tag, member_figure, delivery",
        ):
            values = {
                "now": NOW,
                "today": NOW.date(),
                "campaign": campaign.id,
                "template": campaign.message_template_id,
            }
            db.session.execute(text(statement), values)
        yield


def rows_read(kind: str, *, first: int, now: Any = NOW) -> dict[str, int]:
    """Rows by table that a question reads over a range of members."""
    compiled = segment_compiler.compile(question(kind))
    statement = f"SELECT count(*) FROM member m WHERE m.id > :first AND m.id <= :last AND {compiled.sql}"
    before = _counters()
    values = {**compiled.params, **segments.bindings(now), "first": first, "last": first + RANGE}
    db.session.execute(text(statement), values)
    return {table: rows - before.get(table, 0) for table, rows in _counters().items()}


def _counters() -> dict[str, int]:
    query = "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = ANY(:big)"
    return dict(db.session.execute(text(query), {"big": list(BIG)}).all())


def test_no_question_reads_more_than_the_members_it_is_about(shop: Shop) -> None:
    with full(shop):
        for kind in segment_grammar.QUESTIONS:
            seen = rows_read(kind, first=FIRST)
            assert sum(seen.values()) <= RANGE * ROWS_OF_ONE, (kind, seen)


def test_nor_do_questions_about_coupons(coupon_shop: Shop) -> None:
    with coupon_shop.undone():
        first = db.session.scalar(text("SELECT member_id FROM coupon ORDER BY member_id OFFSET 100 LIMIT 1"))
        assert db.session.scalar(text("SELECT count(*) FROM coupon")) > 20_000
        total = db.session.scalar(text("SELECT max(c) FROM (SELECT count(*) c FROM coupon GROUP BY member_id) of"))
        for kind in OF_COUPONS:
            seen = rows_read(kind, first=first or 0, now=NOON)
            assert sum(seen.values()) <= RANGE * (ROWS_OF_ONE + 2 * total), (kind, seen)


def test_setting_a_list_right_reads_its_range(shop: Shop) -> None:
    with full(shop):
        compiled = segment_compiler.compile(question("tag"))
        list_id = db.session.scalar(
            text(
                "INSERT INTO member_list (public_id, name, created_at) VALUES (gen_random_uuid(), 'p', :now) RETURNING id"
            ),
            {"now": NOW},
        )
        everybody = "INSERT INTO member_list_entry SELECT :list_id, id FROM member"
        db.session.execute(text(everybody), {"list_id": list_id})
        db.session.execute(text("ANALYZE member_list_entry"))
        before = _counters()
        values = {
            **compiled.params,
            **segments.bindings(NOW),
            "list_id": list_id,
            "after_id": FIRST,
            "through_id": FIRST + RANGE,
        }
        found = db.session.execute(statements.following(compiled.sql), values).one()
        assert (found.come, found.gone) == (0, 0)
        seen = {table: rows - before.get(table, 0) for table, rows in _counters().items()}
        assert sum(seen.values()) <= RANGE * ROWS_OF_ONE < MEMBERS, seen
