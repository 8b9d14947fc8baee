"""What automations read: the members of one date among twenty thousand, along an index, for every kind. Nothing is timed."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.extensions import db
from app.models.campaign import AUTOMATIONS
from app.services import automations, programmes
from app.services.automation_sources import Key
from app.services.automations import Stretch
from tests.factories.messages import make_campaign
from tests.test_query_plans import BIG, NOW, Shop, plans, read, rows_read
from tests.test_query_plans import shop as shop  # noqa: PLC0414  (the fixture)

# Figures of everybody who bought, and as many events as members.
FILL = """
INSERT INTO member_figure (member_id, first_purchase_on, last_purchase_on, purchases, spent_fen, purchases_year, spent_year_fen,
                           stage, stage_since, computed_on)
SELECT member_id, min(occurred_at)::date, max(occurred_at)::date, count(*), 0, 0, 0, 'active', max(occurred_at)::date,
       max(occurred_at)::date
  FROM purchase WHERE member_id IS NOT NULL GROUP BY member_id
ON CONFLICT DO NOTHING;
INSERT INTO member_event (member_id, kind, occurrence, details, business_date, occurred_at)
SELECT m.id, k.kind, '2026-12-31', '{"expires_on": "2026-12-31", "points": 5, "to": "gold"}', '2026-11-20',
       m.joined_at
  FROM member m CROSS JOIN unnest(ARRAY['tier_up', 'tier_down', 'tier_will_drop', 'coupon_will_expire', 'points_will_expire'])
       AS k (kind)
 ORDER BY m.joined_at, m.id
ON CONFLICT DO NOTHING;
ANALYZE member_figure, member_event;
"""
NEEDED: dict[str, dict[str, Any]] = {
    "birthday": {"days_before": 0},
    "anniversary": {"days_before": 0},
    "welcome": {"days_after": 3},
    "lapse": {"days_after": 30},
    "after_purchase": {"days_after": 3},
}
THROUGH = {
    "birthday": "ix_member_birthday",
    "anniversary": "ix_member_joined_at",
    "welcome": "ix_member_joined_at",
    "lapse": "ix_member_figure_last_purchase_on",
    "after_purchase": "ix_purchase_store_id_occurred_at",
}
MOST = 4_000


@pytest.fixture(scope="module")
def full(shop: Shop) -> Shop:
    """The shop, with what a year of ticks leaves behind."""
    with psycopg.connect(shop.url, autocommit=True) as connection:
        connection.execute(FILL)
    return shop


def first_page(kind: str) -> int:
    """Look for the members of a day and write the first page down."""
    campaign = make_campaign(kind=kind, **NEEDED.get(kind, {}))
    campaign.state, campaign.started_at = "running", NOW - timedelta(days=400)
    db.session.flush()
    is_event = kind not in NEEDED
    day = timedelta(days=1)
    stretch = Stretch(
        campaign_id=campaign.id,
        on=programmes.business_date(NOW),
        starts_at=NOW - 60 * day if is_event else None,
        ends_at=NOW - 59 * day if is_event else None,
    )
    added, _ = automations.plan_page(stretch, after=Key(), app_id="wxtest000000000001", now=NOW, limit=100)
    return added


@pytest.mark.parametrize("kind", AUTOMATIONS)
def test_the_cost_follows_the_matches(full: Shop, kind: str) -> None:
    with full.undone():
        before = rows_read()
        full.sent.clear()
        first_page(kind)
        sent = [one for one in full.sent if "FROM (" in one[0] and "delivery" in one[0]]
        seen = {key: rows - before.get(key, 0) for key, rows in rows_read().items()}
    assert {table: rows for (table, how), rows in seen.items() if how == "seq" and rows} == {}
    assert sum(seen.values()) <= MOST, seen
    used: set[str] = set()
    with psycopg.connect(full.url) as connection:
        for statement, values in sent:
            for plan in plans(connection, statement, values):
                indexes, wrong = read(plan, big=BIG | {"member_figure", "member_event"})
                assert not wrong, f"{'; '.join(wrong)}\n{statement}"
                used |= indexes
    assert THROUGH.get(kind, "ix_member_event_kind_occurred_at") in used, sorted(used)
