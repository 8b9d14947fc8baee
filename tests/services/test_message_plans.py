"""A wish and an offer cost what one member has, not what the shop has: plans among thirty thousand deliveries."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.models import Member
from app.statements import message_preferences, pending_messages, subscription_offers
from tests.factories.members import make_member
from tests.factories.messages import make_campaign, make_message_template
from tests.test_query_plans import read

MEMBERS, CAMPAIGNS = 2_000, 15
BIG = frozenset({"member", "delivery", "subscription_grant", "message_preference"})
# One row of each stands for all others.
CROWD = f"""
INSERT INTO member (public_id, status, nickname, locale, code_number, code_secret_cipher, marketing_consent, joined_at,
                    joined_channel)
SELECT gen_random_uuid(), 'active', '', 'zh_CN', 'crowd-' || n, ''::bytea, true, now(), 'mini'
FROM generate_series(1, {MEMBERS}) n
"""  # noqa: S608
DELIVERIES = """
INSERT INTO delivery (campaign_id, occurrence, member_id, state, message_template_id, due_at, attempts, awaiting_event)
SELECT c.id, '0', m.id, 'planned', c.message_template_id, now(), 0, false FROM campaign c CROSS JOIN member m
"""
GRANTS = """
INSERT INTO subscription_grant (member_id, message_template_id, remaining, updated_at)
SELECT m.id, t.id, 1, now() FROM member m CROSS JOIN message_template t
"""
CHOICES = """
INSERT INTO message_preference (member_id, topic, channel, is_on, changed_by, changed_at)
SELECT m.id, 'promotion', 'subscribe', true, 'member', now() FROM member m
"""


@pytest.fixture
def member(db_session: Session, now: datetime) -> Member:
    template = make_message_template()
    for _ in range(CAMPAIGNS):
        make_campaign(template)
    found = make_member(marketing=True)
    for statement in (CROWD, DELIVERIES, GRANTS, CHOICES):
        db_session.execute(text(statement))
    for table in BIG:
        db_session.execute(text(f"ANALYZE {table}"))
    db_session.execute(
        text("INSERT INTO subscription_scene (scene, message_template_id, weight) VALUES ('home', :id, 1)"),
        {"id": template.id},
    )
    return found


@pytest.mark.parametrize(
    ("statement", "through"),
    [
        # By the member, or campaign by campaign for the member: which one the planner likes hangs on a sample.
        (pending_messages.STOP, set()),
        (message_preferences.LIST, {"pk_member", "pk_message_preference"}),
        (subscription_offers.CANDIDATES, {"ix_delivery_member_id", "pk_subscription_grant"}),
        # Of campaigns there are few, and they are read as the planner likes.
        (subscription_offers.FORESEEN, set()),
    ],
    ids=["stop", "choices", "candidates", "foreseen"],
)
def test_the_cost_follows_the_member(
    db_session: Session, member: Member, now: datetime, statement: TextClause, through: set[str]
) -> None:
    values: dict[str, Any] = {"member_id": member.id, "scene": "home", "template_ids": [1, 2, 3], "now": now}
    bound = {name: values[name] for name in statement.compile().params}
    plan = db_session.execute(text(f"EXPLAIN (FORMAT JSON) {statement.text}"), bound).scalar_one()
    used, wrong = read(plan[0]["Plan"], big=BIG)
    assert wrong == []
    assert through <= used, used
