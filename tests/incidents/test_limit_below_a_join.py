"""Ours: a worker asked for five deliveries and was given all twenty, whenever the planner thought the table nearly empty.

`UPDATE … FROM (SELECT … LIMIT n FOR UPDATE SKIP LOCKED)` takes the limit once for every row beside it when the subselect is the
inner side of a nested loop. A throttled campaign then went on sending what it had claimed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.actor import Actor
from app.extensions import db
from app.models import Campaign
from app.services import campaign_states, coupons, deliveries
from tests.conftest import CommittedDatabase, make_app
from tests.factories.coupons import give_coupon, make_batch
from tests.factories.members import make_member
from tests.factories.messages import make_message_template, make_reachable, make_running

ROWS, ASKED = 12, 5


@pytest.fixture
def owned(committed_db: CommittedDatabase, now: datetime) -> Iterator[None]:
    """An application as the owner of the tables, who may gather statistics."""
    app = make_app(database_url=committed_db.url, redis_url=committed_db.redis_url)
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def believe_in_one_row(table: str) -> None:
    """What the planner learned when there was one row is what it plans with for all that come after."""
    db.session.flush()
    db.session.execute(text(f"ANALYZE {table}"))


def make_audience() -> Campaign:
    template = make_message_template()
    make_reachable(template)
    make_running(template)
    believe_in_one_row("delivery")
    believe_in_one_row("campaign")
    for _ in range(ROWS):
        make_reachable(template)
    return make_running(template)


def test_a_claim_is_never_more_than_was_asked_for(owned: None, now: datetime) -> None:
    campaign = make_audience()
    assert len(deliveries.claim_due(campaign.id, limit=ASKED, now=now)) == ASKED


def test_a_sweep_is_never_more_than_was_asked_for(owned: None, now: datetime) -> None:
    campaign = make_audience()
    campaign_states.cancel(campaign, actor=Actor.system(), now=now)
    assert campaign_states.sweep_cancelled(limit=ASKED, now=now) == ASKED


def test_expiry_marks_never_more_than_was_asked_for(owned: None, now: datetime) -> None:
    batch = make_batch(stock=ROWS + 1)
    give_coupon(make_member(), batch=batch)
    believe_in_one_row("coupon")
    for _ in range(ROWS):
        give_coupon(make_member(), batch=batch)
    assert coupons.expire_due(now=now + timedelta(days=99), limit=ASKED) == ASKED
