"""Two become one: the choices of who stays stand, a "no" of the other comes along, and messages follow both."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import AuditEntry, Member, MessagePreference
from app.services import message_preferences, subscription_grants
from app.services.message_preferences import Switch
from tests.factories.members import make_counter_member
from tests.factories.messages import accept, delivery_of, make_message_template, make_reachable, make_running
from tests.services.test_merges import merge


def say(member: Member, topic: str, *, on: bool, now: datetime) -> None:
    message_preferences.choose(
        member.id, [Switch(topic=topic, channel="subscribe", is_on=on)], changed_by="member", now=now
    )


@pytest.fixture
def pair(db_session: Session, now: datetime) -> tuple[Member, Member]:
    """Who stays, and who is merged into them."""
    return make_counter_member(marketing=True), make_reachable(make_message_template())


def test_own_choices_stand_and_a_no_comes_along(
    db_session: Session, pair: tuple[Member, Member], now: datetime
) -> None:
    own, other = pair
    said = {"birthday": (True, False), "promotion": (False, True), "coupon": (None, False), "tier": (None, True)}
    for topic, (ours, theirs) in said.items():
        if ours is not None:
            say(own, topic, on=ours, now=now)
        say(other, topic, on=theirs, now=now - timedelta(days=1))
    kept = merge(*pair)
    rows = db_session.scalars(select(MessagePreference).order_by(MessagePreference.topic)).all()
    assert [(row.member_id, row.topic, row.is_on) for row in rows] == [
        (kept.id, "birthday", True),
        (kept.id, "coupon", False),
        (kept.id, "promotion", False),
    ]
    assert rows[1].changed_at == now - timedelta(days=1)
    entry = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "member.merge")).one()
    assert entry.details["preferences"] == 1


def test_what_was_on_its_way_to_the_other_follows_the_choices_of_who_stays(
    db_session: Session, pair: tuple[Member, Member], now: datetime
) -> None:
    own, other = pair
    template = make_message_template(topic="birthday")
    accept(other, template)
    campaign = make_running(template)
    assert delivery_of(campaign, other).state == "planned"
    db_session.execute(text("DELETE FROM delivery WHERE member_id = :id"), {"id": own.id})
    say(own, "birthday", on=False, now=now)
    kept = merge(*pair)
    row = delivery_of(campaign, kept)
    assert (row.state, row.reason) == ("suppressed", "switched_off")
    assert subscription_grants.remaining(kept.id)[template.id] == 1
