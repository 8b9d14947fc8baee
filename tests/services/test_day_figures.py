"""What a business day came to: each figure from rows laid out by hand, counted by the tick, and read back by the dashboard."""

import itertools
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import DayFigure, Delivery, Member, Purchase, PurchaseLine, PurchaseRefund, Store, WindowFigure
from app.services import check_ins, day_figures, points
from app.services.day_figures import Due
from jobs import count_days as job
from jobs.count_days import count_days
from tests.conftest import Clock
from tests.factories.counters import Counter, make_counter, set_programme
from tests.factories.members import make_member
from tests.factories.messages import make_message_template, make_reachable, make_running
from tests.factories.staff import make_staff, sign_in

DAY = timedelta(days=1)
TODAY = date(2026, 11, 20)
_orders = itertools.count(1)


def buy(member: Member, at: datetime, fen: int = 10_000, *, store: Store | None = None, refunded: int = 0) -> None:
    """A bill of one line, some of it given back."""
    bill = Purchase(
        member_id=member.id,
        channel="shop",
        store_id=None if store is None else store.id,
        order_no=str(next(_orders)),
        bill_fen=fen,
        occurred_at=at,
        refunded_fen=refunded,
    )
    db.session.add(bill)
    db.session.flush()
    db.session.add(PurchaseLine(purchase_id=bill.id, line_no=1, sku="tea", quantity=1, amount_fen=fen))
    if refunded:
        back = {"purchase_id": bill.id, "refund_no": "1", "occurred_at": at, "recorded_at": at}
        db.session.add(PurchaseRefund(amount_fen=refunded, **back))
    db.session.flush()


def told(on: date) -> DayFigure:
    return db.session.get_one(DayFigure, on, populate_existing=True)


def window(until: date, days: int) -> tuple[int, int]:
    row = db.session.get_one(WindowFigure, (until, days), populate_existing=True)
    return row.buyers, row.repeat_buyers


@pytest.fixture
def counter(db_session: Session, now: datetime) -> Counter:
    return make_counter()


def test_a_day_at_the_counter(counter: Counter, now: datetime) -> None:
    set_programme(fen_per_100_points=100)
    counter.settle([counter.coupon(kind="amount_off", value_fen=1_000)], bill_fen=10_000)
    counter.settle(bill_fen=5_000)
    taken_back = counter.settle(bill_fen=7_000)
    counter.undo(taken_back.public_id)
    buy(counter.member, now, 2_000, refunded=500)
    count_days(now=now)
    day = told(TODAY)
    # What the factory made: one member, who joined today.
    assert day.new_members == 1
    assert (day.bills, day.buyers, day.revenue_fen) == (3, 1, 9_000 + 5_000 + 1_500)
    assert (day.coupons_issued, day.redemptions, day.coupon_cost_fen, day.payer_fen) == (1, 1, 1_000, 0)
    assert day.members == 1


def test_points_are_told_net(counter: Counter, now: datetime) -> None:
    member = counter.member
    points.earn(member.id, amount=100, source="a", now=now)
    points.spend(member.id, amount=30, source="b", now=now)
    points.reverse(member.id, source="b", reversal_source="c", now=now)
    points.spend(member.id, amount=20, source="d", now=now)
    check_ins.check_in(member.id, now=now)
    count_days(now=now)
    day = told(TODAY)
    worth = day.points_issued - 100
    assert worth > 0
    assert (day.points_spent, day.points_expired, day.check_ins) == (20, 0, 1)
    assert day.liability_points == 100 + worth - 20
    assert day.liability_fen is not None
    assert day.liability is not None
    assert sum(month["points"] for month in day.liability["months"]) == day.liability_points


def test_messages_and_what_they_cost(db_session: Session, now: datetime) -> None:
    set_programme(message_cost_fen={"subscribe": 50})
    template = make_message_template()
    for _ in range(3):
        make_reachable(template)
    campaign = make_running(template)
    rows = db.session.query(Delivery).filter_by(campaign_id=campaign.id).order_by(Delivery.member_id).all()
    for number, row in enumerate(rows[:2]):
        row.state, row.dispatched_at, row.finished_at = "sent", now, now
        row.link_code, row.opened_at = f"code{number}", now if number else None
    db.session.flush()
    count_days(now=now)
    day = told(TODAY)
    assert (day.sent, day.opened, day.message_cost_fen) == (2, 1, 1)


def test_days_end_where_the_shop_says(db_session: Session, now: datetime) -> None:
    set_programme(cut_over_hour=4)
    member = make_member(now=now - 3 * DAY)
    night = datetime(2026, 11, 19, 19, 59, tzinfo=now.tzinfo)  # 03:59 in Shanghai: still the 19th
    buy(member, night)
    buy(member, night + timedelta(minutes=1))
    count_days(now=now)
    assert [told(on).bills for on in (date(2026, 11, 18), date(2026, 11, 19), TODAY)] == [0, 1, 1]


def test_counted_twice_and_in_turn(counter: Counter, standing_clock: Clock) -> None:
    now = standing_clock.now
    buy(counter.member, now, 1_000, store=counter.store)
    assert [count_days(now=now)["days"] for _ in range(2)] == [1, 1]
    buy(counter.member, now, 1_000, store=counter.store)
    # A count that began earlier and ends later says nothing.
    day_figures.count(Due(TODAY, stands=False), now=now - timedelta(minutes=1))
    assert told(TODAY).bills == 1
    assert told(TODAY).standing_at == now
    count_days(now=now + timedelta(minutes=1))
    assert told(TODAY).bills == 2
    # How the programme stands is looked at once an hour.
    assert told(TODAY).standing_at == now
    count_days(now=now + timedelta(hours=1))
    assert told(TODAY).standing_at == now + timedelta(hours=1)


def test_a_day_that_is_over_is_counted_again_for_five_weeks(db_session: Session, now: datetime) -> None:
    member = make_member(now=now - 50 * DAY)
    count_days(now=now)
    count_days(now=now)
    long_ago, lately = now - 40 * DAY, now - 20 * DAY
    for at in (long_ago, lately):
        buy(member, at)
    count_days(now=now + DAY)
    assert (told(lately.date()).bills, told(long_ago.date()).bills) == (1, 0)
    # Not again on the same day.
    counted_at = told(lately.date()).counted_at
    count_days(now=now + DAY + timedelta(hours=1))
    assert told(lately.date()).counted_at == counted_at


def test_one_run_is_bounded(db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    make_member(now=now - 4 * DAY)
    monkeypatch.setattr(job, "DAYS", 2)
    assert [count_days(now=now)["windows"] for _ in range(4)] == [2, 2, 1, 0]
    days = db_session.scalars(select(DayFigure.day).order_by(DayFigure.day.desc())).all()
    assert days[:2] == [TODAY, TODAY - DAY]
    monkeypatch.setattr(job, "SECONDS", -1.0)
    assert count_days(now=now)["days"] == 1


def test_who_bought_and_who_did_again(counter: Counter, now: datetime) -> None:
    once, twice, rarely = make_member(now=now - 100 * DAY), counter.member, make_member()
    buy(once, now - 2 * DAY)
    buy(twice, now - 3 * DAY, store=counter.store)
    buy(twice, now - 5 * DAY)
    buy(rarely, now - 20 * DAY)
    buy(rarely, now - 80 * DAY)
    # Today is not over.
    buy(rarely, now)
    for _ in range(4):
        count_days(now=now)
    assert [window(TODAY, days) for days in (7, 30, 90)] == [(2, 1), (3, 1), (3, 2)]
    assert window(TODAY - 4 * DAY, 7) == (1, 0)


DASHBOARD = "/api/console/v1/dashboard"


def ask(client: FlaskClient, **query: Any) -> Any:
    answer = client.get(DASHBOARD, query_string=query, headers=sign_in(make_staff("marketer")))
    assert answer.status_code == 200, answer.text
    return answer.json


def test_an_empty_shop_has_a_dashboard(client: FlaskClient, db_session: Session, now: datetime) -> None:
    assert count_days(now=now) == {"days": 0, "windows": 0}
    found = ask(client)
    assert (found["current"]["first_on"], found["current"]["until_on"]) == ("2026-10-21", "2026-11-20")
    assert (found["counted_at"], found["today"]["goals"], found["current"]["standing"]) == (None, None, None)
    assert [day["goals"] for day in found["days"]] == [None] * 30
    goals = found["current"]["goals"]
    assert (goals["bills"], goals["buyers"], goals["repeat_bp"], goals["opened_bp"]) == (0, None, None, None)


def test_a_week_beside_the_week_before(client: FlaskClient, counter: Counter, now: datetime) -> None:
    early = make_member(now=now - 20 * DAY)
    for number in (1, 2, 3):
        buy(early, now - number * DAY, 1_000)
    buy(counter.member, now - 1 * DAY, 2_000)
    buy(early, now - 9 * DAY, 4_000)
    buy(early, now, 700)
    count_days(now=now)
    count_days(now=now)
    found = ask(client, days=7)
    current, previous = found["current"], found["previous"]
    assert (current["first_on"], previous["first_on"], previous["until_on"]) == (
        "2026-11-13",
        "2026-11-06",
        "2026-11-13",
    )
    assert (current["goals"]["revenue_fen"], previous["goals"]["revenue_fen"]) == (5_000, 4_000)
    assert (current["goals"]["buyers"], current["goals"]["repeat_buyers"], current["goals"]["repeat_bp"]) == (
        2,
        1,
        5000,
    )
    assert previous["goals"]["buyers"] == 1
    assert [day["goals"]["revenue_fen"] for day in found["days"]] == [0, 0, 0, 0, 1_000, 1_000, 3_000]
    assert found["today"]["goals"]["revenue_fen"] == 700
    assert found["today"]["standing"]["members"] == 2
    # Asked for with today in it.
    with_today = ask(client, days=7, until_on="2026-11-21")
    assert with_today["current"]["goals"]["revenue_fen"] == 5_700
    assert with_today["days"][-1]["day"] == "2026-11-20"
    # The future has no figures.
    assert ask(client, days=7, until_on="2999-01-01")["current"] == with_today["current"]


def test_what_the_programme_cost(client: FlaskClient, counter: Counter, now: datetime) -> None:
    set_programme(fen_per_100_points=100, points_pay_max_bp=5_000)
    points.earn(counter.member.id, amount=500, source="gift", now=now)
    counter.settle([counter.coupon(kind="amount_off", value_fen=1_000)], points=300)
    count_days(now=now)
    goals = ask(client)["today"]["goals"]
    assert goals["cost_fen"] == goals["coupon_cost_fen"] + goals["points_fen"] == 1_300
    assert goals["cost_bp"] == 1_300 * 10_000 // goals["revenue_fen"]
    assert goals["redemption_bp"] == 10_000


@pytest.mark.parametrize("query", [{"days": 8}, {"until_on": "yesterday"}, {"until_on": "1999-01-01"}, {"day": 1}])
def test_a_dashboard_nobody_can_ask_for(client: FlaskClient, now: datetime, query: dict[str, Any]) -> None:
    answer = client.get(DASHBOARD, query_string=query, headers=sign_in(make_staff("admin")))
    assert answer.status_code == 422
