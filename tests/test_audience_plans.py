"""What writing an audience down reads: of twenty thousand members the range alone, whatever is asked. Nothing is timed."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text

from app.actor import Actor
from app.extensions import db
from app.models import Campaign, Delivery, MemberList, MessageTemplate, Segment, SegmentVersion, Tier
from app.services import audiences, campaign_runs, campaign_states, programmes
from benchmarks import shop_people
from tests import conftest
from tests.conftest import NOON
from tests.factories.messages import make_campaign
from tests.test_query_plans import Shop

MEMBERS = 20_000
AFTER, RANGE = 9_000, 500
# Whatever a member has one of; to each row written belong a member, an account, an identity, a permission and a list entry,
# and what foreign keys look at.
BIG = ("member", "member_account", "member_identity", "subscription_grant", "message_preference", "member_list_entry")


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    url = conftest.clone_database()
    shop_people.fill(url, members=MEMBERS, report=lambda _done, _of: None)
    made = Shop(conftest.make_app(database_url=url), url)
    yield made
    with made.app.app_context():
        db.engine.dispose()
    conftest._drop(url.rsplit("/", 1)[1])


def everything() -> dict[str, Any]:
    """All a campaign may ask of its audience."""
    segment = Segment(name="plan", created_at=NOON, updated_at=NOON)
    db.session.add(segment)
    db.session.flush()
    rule = {"v": 1, "is": "birthday_month", "any_of": list(range(1, 13))}
    db.session.add(SegmentVersion(segment_id=segment.id, version=1, rule=rule, created_at=NOON))
    programmes.get().holdout_bp = 500
    return {
        "tiers": db.session.scalars(select(Tier).order_by(Tier.id)).all(),
        "segment_id": segment.public_id,
        "member_list_id": db.session.scalars(select(MemberList.public_id)).one(),
        "holdout_bp": 500,
        "is_member_time": True,
        "variants": [{"code": code, "share_bp": 5_000, "field_values": {}, "page": None} for code in "AB"],
    }


def begun(asked: dict[str, Any]) -> Campaign:
    template = db.session.scalars(select(MessageTemplate).where(MessageTemplate.code == "bench")).one()
    campaign = make_campaign(template, **asked)
    campaign_states.schedule(campaign, actor=Actor.system(), now=NOON)
    campaign_states.start_due(now=NOON)
    campaign_runs.get(campaign, "0").cursor_member_id = AFTER
    db.session.flush()
    return campaign


@pytest.mark.parametrize("is_full", [False, True])
def test_a_range_reads_its_members_only(shop: Shop, is_full: bool) -> None:
    with shop.undone():
        campaign = begun(everything() if is_full else {})
        before = read_so_far()
        rows, has_more = audiences.expand_next(campaign.id, app_id="bench", now=NOON, chunk_ids=RANGE)
        seen = {key: n - before[key] for key, n in read_so_far().items()}
    assert (rows, has_more) == (RANGE, True)
    assert {table: n for (table, how), n in seen.items() if how == "seq" and n} == {}
    for table in BIG:
        # Members are looked at twice more: for their zones, and by the foreign key.
        assert seen[(table, "index")] <= RANGE * (4 if table == "member" else 1.1), (table, seen)


def test_ending_runs_looks_at_one_row_of_each(shop: Shop) -> None:
    with shop.undone():
        campaign = begun({})
        while audiences.expand_next(campaign.id, app_id="bench", now=NOON, chunk_ids=2_000)[1]:
            pass
        db.session.execute(text("ANALYZE delivery"))
        assert db.session.scalar(select(Delivery.member_id).where(Delivery.state == "planned").limit(1))
        before = read_so_far("delivery")
        assert campaign_states.finish_done(now=NOON) == 0
        seen = {key: n - before[key] for key, n in read_so_far("delivery").items()}
    assert seen[("delivery", "seq")] == 0
    assert seen[("delivery", "index")] <= 20


def read_so_far(*tables: str) -> dict[tuple[str, str], int]:
    """Rows this transaction has read: (table, how) → rows."""
    rows = db.session.execute(
        text(
            "SELECT relname, seq_tup_read, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
            " WHERE relname = ANY(:big)"
        ),
        {"big": list(tables or BIG)},
    ).all()
    return {(row[0], how): row[place] for row in rows for how, place in (("seq", 1), ("index", 2))}
