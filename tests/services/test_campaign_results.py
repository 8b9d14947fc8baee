"""What campaigns came to: each figure from rows laid out by hand, counted in ranges, and read back."""

import itertools
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import Campaign, CampaignCount, Coupon, Delivery, Member, Purchase, PurchaseLine, PurchaseRefund
from app.services import campaign_benefits, campaign_figures, campaign_results, periods
from app.services.campaign_benefits import BenefitKey
from app.services.campaign_figures import START, Tally
from app.services.campaign_results import Figures
from app.services.wallet import HeldCoupon
from jobs.count_campaigns import count_campaigns
from tests.factories.counters import make_counter, set_programme
from tests.factories.coupons import make_batch
from tests.factories.members import make_member
from tests.factories.messages import make_campaign
from tests.factories.staff import make_staff, sign_in

_orders = itertools.count(1)
DAY = timedelta(days=1)


@pytest.fixture
def campaign(db_session: Session, now: datetime) -> Campaign:
    """One that has begun, with nobody in it yet."""
    made = make_campaign()
    made.state, made.started_at = "running", now
    db.session.flush()
    return made


def deliver(campaign: Campaign, now: datetime, member: Member | None = None, **changes: Any) -> Member:
    """A row, sent unless told otherwise."""
    member = member or make_member()
    values: dict[str, Any] = {"occurrence": "0", "state": "sent", "due_at": now, "attempts": 1, **changes}
    if values["state"] in ("sent", "in_doubt"):
        values.setdefault("dispatched_at", now)
    values.setdefault("message_template_id", campaign.message_template_id)
    db.session.add(Delivery(campaign_id=campaign.id, member_id=member.id, **values))
    db.session.flush()
    return member


def buy(member: Member, at: datetime, fen: int = 10_000, **changes: Any) -> Purchase:
    """A bill of one line, with what was given back on it."""
    number = str(next(_orders))
    bill = Purchase(member_id=member.id, channel="shop", order_no=number, bill_fen=fen, occurred_at=at, **changes)
    db.session.add(bill)
    db.session.flush()
    paid, refunded = fen - changes.get("discount_fen", 0), changes.get("refunded_fen", 0)
    db.session.add(PurchaseLine(purchase_id=bill.id, line_no=1, sku="tea", quantity=1, amount_fen=paid))
    if refunded:
        when = {"occurred_at": at, "recorded_at": at}
        db.session.add(PurchaseRefund(purchase_id=bill.id, refund_no=number, amount_fen=refunded, **when))
    db.session.flush()
    return bill


def figures(campaign: Campaign, now: datetime) -> campaign_results.Results:
    campaign_figures.count(campaign.id, now=now)
    return campaign_results.of(campaign)


def test_the_funnel(campaign: Campaign, now: datetime) -> None:
    set_programme(message_cost_fen={"sms": 450})
    deliver(campaign, now, link_code="AAAAAAAAAAAA", opened_at=now)
    deliver(campaign, now, channel="sms")
    deliver(campaign, now, state="in_doubt")
    deliver(campaign, now, state="failed")
    deliver(campaign, now, state="planned")
    deliver(campaign, now, state="missed")
    deliver(campaign, now, state="suppressed", reason="no_grant")
    deliver(campaign, now, state="holdout", reason="campaign")
    found = figures(campaign, now)
    assert found.total == Figures(targeted=7, reachable=6, sent=2, in_doubt=1, opened=1, message_cost_fen=5)
    assert found.holdout == Figures(targeted=1)
    assert found.lift.verdict == "too_few"


# When, what else about the bill; buyers and fen counted.
BILLS: list[tuple[timedelta, dict[str, Any], int, int]] = [
    (timedelta(0), {}, 1, 10_000),
    (timedelta(days=7) - timedelta(seconds=1), {}, 1, 10_000),
    (timedelta(days=7), {}, 0, 0),
    (timedelta(seconds=-1), {}, 0, 0),
    (DAY, {"discount_fen": 1_000, "refunded_fen": 2_500}, 1, 6_500),
    (DAY, {"status": "refunded", "refunded_fen": 10_000}, 0, 0),
    (DAY, {"status": "voided"}, 0, 0),
]


@pytest.mark.parametrize("bill", BILLS)
def test_what_counts_as_bought(
    campaign: Campaign, now: datetime, bill: tuple[timedelta, dict[str, Any], int, int]
) -> None:
    after, changes, people, fen = bill
    buy(deliver(campaign, now), now + after, **changes)
    total = figures(campaign, now).total
    assert (total.buyers, total.revenue_fen, total.bought, total.spent_fen) == (people, fen, people, fen)


def test_the_last_message_before_a_purchase_counts_it(campaign: Campaign, now: datetime) -> None:
    other = make_campaign()
    member = deliver(campaign, now)
    deliver(other, now, member, dispatched_at=now + DAY)
    for day in (0, 2, 3):
        buy(member, now + day * DAY)
    mine, theirs = figures(campaign, now).total, figures(other, now).total
    assert (mine.buyers, mine.orders, theirs.buyers, theirs.orders) == (1, 1, 1, 2)
    assert mine.revenue_fen + theirs.revenue_fen == 30_000
    # Lift knows no last touch: all three, from the beginning on.
    assert mine.spent_fen == 30_000


@pytest.mark.parametrize("state", ["in_doubt", "failed"])
def test_what_may_not_have_arrived_counts_no_purchase(campaign: Campaign, now: datetime, state: str) -> None:
    buy(deliver(campaign, now, state=state, dispatched_at=now), now + DAY)
    total = figures(campaign, now).total
    assert (total.buyers, total.orders, total.revenue_fen) == (0, 0, 0)
    # For lift they are in the arm all the same: who was not reached is part of what was tried.
    assert total.spent_fen == 10_000


def test_two_messages_of_one_instant_share_no_purchase(campaign: Campaign, now: datetime) -> None:
    other = make_campaign()
    member = deliver(campaign, now)
    deliver(other, now, member)
    buy(member, now + DAY)
    assert sum(figures(one, now).total.orders for one in (campaign, other)) == 1


def test_coupons_and_points_of_the_benefit(db_session: Session, now: datetime) -> None:
    counter = make_counter()
    batch = make_batch(how="issue")
    made = make_campaign(gift=batch, points_gift=50, benefit_for="everyone")
    made.state, made.started_at = "running", now
    db.session.flush()
    deliver(made, now, counter.member, state="suppressed", reason="no_grant", benefit="due")
    deliver(made, now, benefit="refused")
    assert campaign_benefits.give(BenefitKey(made.id, "0", counter.member.id), now=now) == "given"
    before = figures(made, now).total
    assert (before.given, before.redeemers, before.points_given, before.points_cost_fen) == (1, 0, 50, 50)
    coupon = db.session.scalars(select(Coupon).where(Coupon.member_id == counter.member.id)).one()
    bill = counter.settle([cast(HeldCoupon, coupon)], now=now)  # named by its public id alone
    after = figures(made, now).total
    assert (after.redeemers, after.redemptions, after.coupon_cost_fen) == (1, 1, coupon.value_fen)
    counter.undo(bill.public_id, now=now)
    undone = figures(made, now).total
    assert (undone.redeemers, undone.redemptions, undone.coupon_cost_fen) == (0, 0, 0)


def test_automations_are_told_by_month(db_session: Session, now: datetime) -> None:
    made = make_campaign(kind="birthday")
    made.state, made.started_at = "running", now
    db.session.flush()
    deliver(made, now, occurrence="2026")
    # In Shanghai it is December already.
    deliver(made, datetime.fromisoformat("2026-11-30T16:00:00+00:00"), occurrence="2026")
    campaign_figures.count(made.id, now=now)
    page = campaign_results.list_periods(made, after=None, limit=10)
    assert [(line.period, line.arm, line.figures.sent) for line in page.items] == [
        ("2026-11", "all", 1),
        ("2026-12", "all", 1),
    ]


def test_ranges_add_up_and_lift_is_told_by_variant(campaign: Campaign, now: datetime) -> None:
    members = [make_member() for _ in range(330)]
    for number, member in enumerate(members):
        arm: dict[str, Any] = (
            {"state": "holdout", "reason": "campaign"}
            if number % 3 == 0
            else {"variant": "A" if number % 3 == 1 else "B"}
        )
        deliver(campaign, now, member, **arm)
        # Half of A buys, a tenth of all others.
        if number % 10 == 0 or (number % 3 == 1 and number % 2 == 0):
            buy(member, now + DAY)
    whole = figures(campaign, now)
    tally, after, ranges = Tally(), START, 0
    while (following := campaign_figures.add_range(campaign.id, tally, after=after, limit=100)) is not None:
        after, ranges = following, ranges + 1
    campaign_figures.write(campaign.id, tally, seconds=0, now=now)
    in_ranges = campaign_results.of(campaign)
    assert ranges == 3
    assert (whole.total, whole.arms, whole.lift) == (in_ranges.total, in_ranges.arms, in_ranges.lift)
    assert (whole.total.targeted, whole.holdout.targeted) == (220, 110)
    verdicts = {arm.arm: arm.lift and arm.lift.verdict for arm in whole.arms}
    assert verdicts == {"A": "higher", "B": "no_difference"}


def test_the_tick_counts_ever_more_rarely_and_then_no_more(campaign: Campaign, now: datetime) -> None:
    deliver(campaign, now)
    assert count_campaigns(now=now) == {"counted": 1, "final": 0}
    assert count_campaigns(now=now) == {"counted": 0, "final": 0}
    later = now + timedelta(minutes=6)
    assert count_campaigns(now=later)["counted"] == 1
    # A large one: ten seconds of counting, a thousand of rest.
    campaign_figures.write(campaign.id, Tally(), seconds=10, now=later)
    assert count_campaigns(now=later + timedelta(seconds=999))["counted"] == 0
    assert count_campaigns(now=later + timedelta(seconds=1_001))["counted"] == 1
    db.session.execute(update(Campaign).where(Campaign.id == campaign.id).values(state="done", finished_at=later))
    assert count_campaigns(now=later + 8 * DAY) == {"counted": 1, "final": 0}
    assert count_campaigns(now=later + 10 * DAY) == {"counted": 1, "final": 1}
    assert count_campaigns(now=later + 400 * DAY)["counted"] == 0
    assert campaign_results.of(campaign).is_final
    assert db.session.get_one(CampaignCount, campaign.id, populate_existing=True).window_days == 7


def test_all_marketing_against_those_kept_out_of_it(db_session: Session, now: datetime) -> None:
    set_programme(holdout_bp=5_000)
    old = [make_member(marketing=True, now=now - 30 * DAY) for _ in range(400)]
    make_member(marketing=False, now=now - 30 * DAY)
    make_member(marketing=True, now=now)
    today = now.date()
    span = periods.of(today, today + 3 * DAY)
    for member in old[:100]:
        buy(member, now + DAY)
    buy(old[0], now + 20 * DAY)
    found = campaign_results.of_all_marketing(span)
    assert found.treated.people + found.holdout.people == 400
    assert 140 < found.holdout.people < 260
    assert found.treated.spent_fen + found.holdout.spent_fen == 100 * 10_000
    assert found.lift.verdict != "too_few"
    set_programme(holdout_bp=0)
    assert campaign_results.of_all_marketing(span).lift.verdict == "too_few"


def test_over_http_and_as_tables(client: FlaskClient, campaign: Campaign, now: datetime) -> None:
    member = deliver(campaign, now, state="failed", reason="=1+1")
    headers = sign_in(make_staff("auditor"))
    url = f"/api/console/v1/campaigns/{campaign.public_id}"
    assert client.get(f"{url}/results", headers=headers).json["counted_at"] is None
    campaign_figures.count(campaign.id, now=now)
    told = client.get(f"{url}/results", headers=headers).json
    assert (told["total"]["targeted"], told["lift"]["verdict"], told["is_final"]) == (1, "too_few", False)
    lines = client.get(f"{url}/results/periods", headers=headers).json
    assert [(line["period"], line["arm"]) for line in lines["data"]] == [("0", "all")]
    table = client.get(f"{url}/results.csv", headers=headers).text.splitlines()
    assert (len(table), table[1].split(",")[:3]) == (2, ["0", "all", "1"])
    rows = client.get(f"{url}/deliveries.csv", headers=headers).text.splitlines()
    assert len(rows) == 2
    assert rows[1].startswith(f"{member.public_id},0,subscribe,,failed,'=1+1")
    query = "first_on=2026-11-01&until_on=2026-12-01"
    answer = client.get(f"/api/console/v1/reports/marketing?{query}", headers=headers)
    assert (answer.status_code, answer.json["lift"]["verdict"]) == (200, "too_few")
