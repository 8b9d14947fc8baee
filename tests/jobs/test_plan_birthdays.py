"""Birthdays: the gift and the message once a year, however often and however late the tick runs."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.gateways.wechat import RecordingWeChat
from app.models import Campaign, Coupon, CouponBatch, Delivery, Member, MessageTemplate
from app.services import campaign_reports, campaign_states
from app.services.automation_sources import Source
from app.wiring import parts
from jobs.drain_lane import Turn
from jobs.plan_birthdays import plan_birthdays
from tests.conftest import Clock
from tests.factories.coupons import make_batch
from tests.factories.members import make_counter_member, make_member
from tests.factories.messages import OpenGate, delivery_of, make_campaign, make_message_template, make_reachable

TODAY = (11, 20)


@pytest.fixture
def template(db_session: Session, now: datetime) -> MessageTemplate:
    return make_message_template()


def running(
    template: MessageTemplate, *, days_before: int = 0, gift: CouponBatch | None = None, now: datetime
) -> Campaign:
    values = {"thing1": "送您{coupon}" if gift else "生日快乐", "date2": "{date}"}
    campaign = make_campaign(
        template, kind="birthday", gift=gift, days_before=days_before, field_values=values, now=now
    )
    return campaign_states.schedule(campaign, actor=Actor.system(), now=now)


def coupons_of(db_session: Session, member: Member) -> int:
    return db_session.scalar(select(func.count()).select_from(Coupon).where(Coupon.member_id == member.id)) or 0


def test_gift_and_message_once_though_the_tick_runs_three_times(
    db_session: Session,
    wechat: RecordingWeChat,
    template: MessageTemplate,
    standing_clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    gift = make_batch(how="birthday")
    reachable = make_reachable(template, birthday=TODAY)
    by_phone = make_counter_member(birthday=TODAY)
    other = make_reachable(template, birthday=(11, 21))
    campaign = running(template, gift=gift, now=standing_clock.now)
    assert [plan_birthdays(now=standing_clock.now)["planned"] for _ in range(3)] == [2, 0, 0]
    assert [coupons_of(db_session, member) for member in (reachable, by_phone, other)] == [1, 1, 0]
    for _ in range(3):
        Turn(campaign.id, is_over=lambda: False).drain()
    name = campaign_name(db_session, gift)
    assert [call.args["data"] for call in wechat.sent] == [{"thing1": f"送您{name}", "date2": "2026年11月20日"}]
    report = campaign_reports.report(campaign)
    assert (report.targeted, report.sent, report.suppressed, report.gifts) == (2, 1, {"no_openid": 1}, 2)


def campaign_name(db_session: Session, batch: CouponBatch) -> str:
    from app.services import coupon_batches

    return coupon_batches.template_of(batch).name


def test_a_campaign_written_anew_gives_no_second_present(
    db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    gift = make_batch(how="birthday", per_member_limit=5)
    member = make_reachable(template, birthday=TODAY, times=2)
    first = running(template, gift=gift, now=standing_clock.now)
    plan_birthdays(now=standing_clock.now)
    campaign_states.cancel(first, actor=Actor.system(), now=standing_clock.now)
    late = make_reachable(template, birthday=(11, 21))
    second = running(template, gift=gift, days_before=1, now=standing_clock.now)
    plan_birthdays(now=standing_clock.now)
    assert [coupons_of(db_session, one) for one in (member, late)] == [1, 1]
    told = delivery_of(second, member, "2026")
    assert (told.state, told.reason, told.benefit) == ("suppressed", "gift_given_before", None)
    assert (delivery_of(second, late, "2026").state, delivery_of(first, member, "2026").benefit) == (
        "planned",
        "given",
    )


def test_next_year_again(db_session: Session, template: MessageTemplate, standing_clock: Clock) -> None:
    member = make_reachable(template, birthday=TODAY)
    campaign = running(template, now=standing_clock.now)
    for year in range(3):
        standing_clock.set(datetime(2026 + year, 11, 20, 2, 0, tzinfo=UTC))
        assert plan_birthdays(now=standing_clock.now) == {"planned": 1, "failed": 0}
        assert delivery_of(campaign, member, str(2026 + year)).state == "planned"


def test_days_before_reach_ahead_once(db_session: Session, template: MessageTemplate, standing_clock: Clock) -> None:
    soon, later = make_reachable(template, birthday=(11, 22)), make_reachable(template, birthday=(11, 24))
    campaign = running(template, days_before=3, now=standing_clock.now)
    # The first run also takes those whose day is nearer than three days.
    assert plan_birthdays(now=standing_clock.now)["planned"] == 1
    assert delivery_of(campaign, soon, "2026").state == "planned"
    standing_clock.move(days=1)
    assert plan_birthdays(now=standing_clock.now)["planned"] == 1
    assert delivery_of(campaign, later, "2026").state == "planned"


def test_a_new_years_birthday_planned_in_december_belongs_to_its_own_year(
    db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    member = make_reachable(template, birthday=(1, 2))
    standing_clock.set(datetime(2026, 12, 31, 2, 0, tzinfo=UTC))
    campaign = running(template, days_before=3, now=standing_clock.now)
    assert plan_birthdays(now=standing_clock.now)["planned"] == 1
    assert delivery_of(campaign, member, "2027").state == "planned"
    standing_clock.move(days=5)
    assert plan_birthdays(now=standing_clock.now)["planned"] == 0


@pytest.mark.parametrize(("year", "day"), [(2027, 28), (2028, 29)])
def test_29_february(
    db_session: Session, template: MessageTemplate, standing_clock: Clock, year: int, day: int
) -> None:
    member = make_reachable(template, birthday=(2, 29))
    standing_clock.set(datetime(year, 2, 27, 2, 0, tzinfo=UTC))
    campaign = running(template, now=standing_clock.now)
    planned = []
    for _ in range(4):
        if plan_birthdays(now=standing_clock.now)["planned"]:
            planned.append(standing_clock.now.day)
        standing_clock.move(days=1)
    assert planned == [day]
    assert delivery_of(campaign, member, str(year)).occurrence == str(year)


def test_days_a_stopped_scheduler_missed_are_caught_up_with_the_gift_alone(
    db_session: Session,
    wechat: RecordingWeChat,
    template: MessageTemplate,
    standing_clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    gift = make_batch(how="birthday", ends_at=standing_clock.now + timedelta(days=60))
    missed = make_reachable(template, birthday=(11, 22))
    campaign = running(template, gift=gift, now=standing_clock.now)
    plan_birthdays(now=standing_clock.now)
    standing_clock.move(days=5)
    assert plan_birthdays(now=standing_clock.now)["planned"] == 1
    assert coupons_of(db_session, missed) == 1
    Turn(campaign.id, is_over=lambda: False).drain()
    assert (delivery_of(campaign, missed, "2026").state, wechat.sent) == ("missed", [])


def test_an_exhausted_gift_sends_no_empty_promise(
    db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    gift = make_batch(how="birthday", stock=1)
    members = [make_reachable(template, birthday=TODAY) for _ in range(2)]
    campaign = running(template, gift=gift, now=standing_clock.now)
    assert plan_birthdays(now=standing_clock.now) == {"planned": 2, "failed": 0}
    rows = [delivery_of(campaign, member, "2026") for member in members]
    assert [(row.state, row.reason, row.benefit) for row in rows] == [
        ("planned", None, "given"),
        ("suppressed", "gift_unavailable", None),
    ]


def test_one_bad_row_keeps_nobody_else_from_their_day(
    db_session: Session, template: MessageTemplate, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.services import birthdays

    members = [make_reachable(template, birthday=TODAY) for _ in range(3)]
    campaign = running(template, now=standing_clock.now)
    real = birthdays.plan_member

    def broken(campaign_id: int, source: Source, **rest: object) -> bool:
        if source.member_id == members[0].id:
            raise RuntimeError("broken")
        return real(campaign_id, source, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(birthdays, "plan_member", broken)
    assert plan_birthdays(now=standing_clock.now) == {"planned": 2, "failed": 1}
    monkeypatch.undo()
    monkeypatch.setattr("app.clock.utc_now", lambda: standing_clock.now)
    # The cursor waited for the third.
    assert plan_birthdays(now=standing_clock.now) == {"planned": 1, "failed": 0}
    planned = db_session.scalar(select(func.count()).select_from(Delivery).where(Delivery.campaign_id == campaign.id))
    assert planned == 3


def test_a_paused_campaign_plans_nobody(db_session: Session, template: MessageTemplate, now: datetime) -> None:
    make_member(birthday=TODAY)
    campaign = running(template, now=now)
    campaign_states.pause(campaign, actor=Actor.system(), now=now)
    assert plan_birthdays(now=now)["planned"] == 0
