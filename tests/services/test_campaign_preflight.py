"""What a marketer sees before anything leaves: everybody in exactly one place, the time it takes, the most it costs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import Campaign, MessageTemplate
from app.services import campaign_preflight, programmes
from app.services.campaign_preflight import Preflight
from app.wiring import parts
from tests.conftest import NOON, Clock
from tests.factories.coupons import make_batch, make_template
from tests.factories.members import make_member
from tests.factories.messages import make_campaign, make_message_template, make_reachable, run

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.fixture
def template(db_session: Session) -> MessageTemplate:
    return make_message_template()


def look(campaign: Campaign) -> Preflight:
    return campaign_preflight.look(campaign, app_id=parts().config.wechat_appid, now=NOON)


def sent(session: Session, member_id: int, period: str, starts_on: str, times: int) -> None:
    session.execute(
        text("INSERT INTO frequency_counter (member_id, period, starts_on, sent, cap) VALUES (:m, :p, :s, :n, 9)"),
        {"m": member_id, "p": period, "s": starts_on, "n": times},
    )


def test_everybody_stands_in_exactly_one_place(db_session: Session, template: MessageTemplate) -> None:
    make_reachable(template)
    far = make_reachable(template)
    far.zone = "America/New_York"  # nine in the evening there
    today, week, month = (make_reachable(template) for _ in range(3))
    # Friday, 20 November 2026.
    sent(db_session, today.id, "day", "2026-11-20", 1)
    sent(db_session, week.id, "week", "2026-11-16", 3)
    sent(db_session, month.id, "month", "2026-11-01", 8)
    # What is over holds nobody up.
    sent(db_session, far.id, "day", "2026-11-19", 1)
    make_member(marketing=True)
    make_member()
    told = look(make_campaign(template))
    assert (told.targeted, told.holdout, told.unreachable, told.capped) == (
        7,
        {},
        {"no_grant": 1, "no_marketing_consent": 1},
        3,
    )
    assert (told.reachable, told.send_now, told.send_later) == (2, 1, 1)
    assert (told.starts_at, told.finishes_at) == (NOON, NOON + timedelta(seconds=2 / 20))
    assert (told.cost.total_fen, told.warnings) == (0, [])


def test_the_holdout_is_told_apart_and_costs_nothing(db_session: Session, template: MessageTemplate) -> None:
    for _ in range(40):
        make_reachable(template)
    programmes.get().holdout_bp = 5000
    campaign = make_campaign(template)
    campaign.holdout_bp, campaign.points_gift = 5000, 10
    told = look(campaign)
    assert set(told.holdout) == {"global", "campaign"}
    assert told.targeted == 40 == sum(told.holdout.values()) + told.reachable
    assert told.cost.points == told.reachable * 10


def test_what_was_told_is_what_is_written(db_session: Session, template: MessageTemplate) -> None:
    # So many that each fate befalls somebody, whatever the dice of the holdout say.
    for _ in range(20):
        make_reachable(template)
        make_member(marketing=True)
    campaign = make_campaign(template, holdout_bp=3000)
    told = look(campaign)
    run(campaign, now=NOON)
    states = text("SELECT state, count(*) FROM delivery GROUP BY state ORDER BY state")
    written: dict[str, int] = dict(db_session.execute(states).all())
    assert written == {
        "holdout": told.holdout["campaign"],
        "planned": told.reachable,
        "suppressed": told.unreachable["no_grant"],
    }


@pytest.mark.parametrize(("benefit_for", "coupons", "points"), [("everyone", 2, 60), ("reached", 1, 30)])
def test_the_most_it_costs(
    db_session: Session, template: MessageTemplate, benefit_for: str, coupons: int, points: int
) -> None:
    make_reachable(template)
    make_member()
    programmes.get().message_cost_fen = {"subscribe": 450}
    campaign = make_campaign(template)
    campaign.coupon_batch_id = make_batch(make_template(value_fen=1_000), how="issue").id
    campaign.points_gift, campaign.benefit_for = 30, benefit_for
    cost = look(campaign).cost
    # 4.5 fen for a message, rounded up; 100 points are 100 fen.
    assert (cost.messages_fen, cost.coupons, cost.coupons_fen) == (5, coupons, coupons * 1_000)
    assert (cost.points, cost.points_fen) == (points, points)
    assert cost.total_fen == 5 + coupons * 1_000 + points


def test_it_starts_at_its_time_and_waits_for_the_morning(db_session: Session, template: MessageTemplate) -> None:
    for _ in range(3):
        make_reachable(template)
    told = look(make_campaign(template, scheduled_at=NOON + timedelta(hours=12), sends_per_second=1))
    assert (told.starts_at, told.send_now, told.send_later) == (NOON + timedelta(hours=12), 0, 3)
    assert told.finishes_at == NOON + timedelta(hours=23, seconds=3)


def test_a_notice_of_service_needs_no_consent_and_knows_no_cap(db_session: Session, standing_clock: Clock) -> None:
    template = make_message_template(topic="service")
    member = make_reachable(template)
    member.marketing_consent = False
    sent(db_session, member.id, "day", "2026-11-20", 9)
    told = look(make_campaign(template))
    assert (told.reachable, told.capped, told.unreachable) == (1, 0, {})


def disabled(campaign: Campaign, template: MessageTemplate) -> None:
    template.is_enabled = False


def spoiled(campaign: Campaign, template: MessageTemplate) -> None:
    campaign.field_values = {"thing1": "只有一个字段"}


def short(campaign: Campaign, template: MessageTemplate) -> None:
    campaign.coupon_batch_id, campaign.benefit_for = make_batch(how="issue", stock=1).id, "everyone"


def crowded(campaign: Campaign, template: MessageTemplate) -> None:
    for _ in range(20):
        make_member()


def nobody(campaign: Campaign, template: MessageTemplate) -> None:
    campaign.tier_ids = [0]


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (disabled, ["template_disabled"]),
        (spoiled, ["texts_do_not_fit"]),
        (short, ["coupons_short"]),
        (crowded, ["few_reachable"]),
        (nobody, ["nobody_targeted"]),
    ],
)
def test_warnings_come_before_anything_is_sent(
    db_session: Session, template: MessageTemplate, spoil: Any, codes: list[str]
) -> None:
    for _ in range(2):
        make_reachable(template)
    campaign = make_campaign(template)
    spoil(campaign, template)
    told = look(campaign)
    assert told.warnings == codes
    assert told.field_problems == ({"date2": "missing"} if spoil is spoiled else {})


def test_nobody_reachable_is_the_gravest(db_session: Session, template: MessageTemplate) -> None:
    make_member()
    assert look(make_campaign(template)).warnings == ["nobody_reachable"]


def test_what_takes_months_says_so(
    db_session: Session, template: MessageTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_reachable(template)
    monkeypatch.setattr("app.rules.send_duration.MOST_DAYS", 0)
    told = look(make_campaign(template))
    assert (told.finishes_at, told.warnings) == (None, ["takes_too_long"])
