"""S30 goals and KPIs: the shop wants more people to come back within a week. A campaign is measured against those it left out,
and all marketing of the period, before and after, against those who get none."""

from datetime import datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import Delivery, Member
from app.services import purchases
from jobs.count_campaigns import count_campaigns
from tests.factories.counters import set_programme
from tests.factories.messages import make_message_template, make_reachable, make_running
from tests.factories.staff import make_staff, sign_in

PEOPLE = 260
DAY = timedelta(days=1)


def buy(member: Member, at: datetime) -> None:
    purchases.record(member.id, store_id=None, channel="shop", order_no=None, bill_fen=5_000, now=at)


def test_the_goal_is_told_against_control(client: FlaskClient, db_session: Session, now: datetime) -> None:
    set_programme(holdout_bp=5_000)
    template = make_message_template()
    members = [make_reachable(template, now=now - 40 * DAY) for _ in range(PEOPLE)]
    campaign = make_running(template)
    held = set(
        db.session.scalars(
            text("SELECT member_id FROM delivery WHERE campaign_id = :id AND state = 'holdout'"), {"id": campaign.id}
        )
    )
    assert 100 <= len(held) <= 160
    # Before: everybody bought alike, one in five of either kind.
    for kind in ([m for m in members if m.id in held], [m for m in members if m.id not in held]):
        for member in kind[::5]:
            buy(member, now - 20 * DAY)
    for row in (
        db.session.query(Delivery).filter_by(campaign_id=campaign.id, state="planned").order_by(Delivery.member_id)
    ):
        row.state, row.dispatched_at, row.finished_at = "sent", now, now
    db.session.flush()
    # After: of those who got the message every second one comes, of the others one in ten.
    for number, member in enumerate(members):
        if number % 2 == 0 if member.id not in held else number % 10 == 0:
            buy(member, now + 2 * DAY)
    count_campaigns(now=now + 3 * DAY)

    marketer = sign_in(make_staff("marketer"))
    results = client.get(f"/api/console/v1/campaigns/{campaign.public_id}/results", headers=marketer).json
    total, lift = results["total"], results["lift"]
    assert (total["targeted"], results["holdout"]["targeted"]) == (PEOPLE - len(held), len(held))
    assert total["revenue_fen"] == total["buyers"] * 5_000
    assert lift["verdict"] == "higher"
    assert 0 < lift["share_ppm"]["low"] < lift["share_ppm"]["value"] < lift["share_ppm"]["high"]
    assert lift["extra_fen"] < total["revenue_fen"]

    def marketing(first: datetime) -> str:
        query = f"first_on={first.date()}&until_on={(first + 7 * DAY).date()}"
        told = client.get(f"/api/console/v1/reports/marketing?{query}", headers=marketer).json
        assert told["treated"]["people"] + told["holdout"]["people"] == PEOPLE
        verdict: str = told["lift"]["verdict"]
        return verdict

    assert (marketing(now - 22 * DAY), marketing(now)) == ("no_difference", "higher")
