"""Two become one: what either was told last counts for the one who stays."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import TopicTouch
from tests.factories.members import make_counter_member, make_member
from tests.factories.messages import make_campaign
from tests.services.test_merges import merge


def test_the_later_rest_stays(db_session: Session) -> None:
    own, other = make_counter_member(), make_member()
    campaign = make_campaign()
    said = {"promotion": (20, 18), "birthday": (17, 19), "coupon": (None, 16), "tier": (15, None)}
    for topic, days in said.items():
        for member, day in zip((own, other), days, strict=True):
            if day is not None:
                touched_on = date(2026, 11, day)
                db_session.add(
                    TopicTouch(
                        member_id=member.id,
                        topic=topic,
                        touched_on=touched_on,
                        campaign_id=campaign.id,
                        occurrence=str(day),
                    )
                )
    db_session.flush()
    kept = merge(own, other)
    rows = db_session.execute(
        select(TopicTouch.member_id, TopicTouch.topic, TopicTouch.touched_on, TopicTouch.previous_on).order_by(
            TopicTouch.topic
        )
    )
    assert [tuple(row) for row in rows] == [
        (kept.id, "birthday", date(2026, 11, 19), date(2026, 11, 17)),
        (kept.id, "coupon", date(2026, 11, 16), None),
        (kept.id, "promotion", date(2026, 11, 20), None),
        (kept.id, "tier", date(2026, 11, 15), None),
    ]
