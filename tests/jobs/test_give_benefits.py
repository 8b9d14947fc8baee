"""What comes along with a campaign: once each, with the message or without it, and never a promise nobody keeps."""

from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import RuleBroken
from app.gateways.wechat import RecordingWeChat, outcomes
from app.models import Campaign, Coupon, CouponBatch, Delivery, Member, MessageTemplate, PointsEntry
from app.services import campaign_benefits, campaign_states, merges, points
from jobs.give_benefits import give_benefits
from tests.conftest import NOON, Clock
from tests.factories.coupons import make_batch
from tests.factories.members import make_member
from tests.factories.messages import delivery_of, make_reachable, make_running
from tests.jobs.lane import drain

pytestmark = pytest.mark.usefixtures("open_gate", "standing_clock")


def promised(
    session: Session,
    template: MessageTemplate,
    *,
    batch: CouponBatch | None = None,
    points: int | None = None,
    benefit_for: str = "everyone",
) -> Campaign:
    """A running one-off with a benefit; due to everyone it was written for, when it is for everyone."""
    campaign = make_running(template)
    campaign.coupon_batch_id, campaign.points_gift = (batch.id if batch else None), points
    campaign.benefit_for = benefit_for
    session.flush()
    if benefit_for == "everyone":
        session.execute(update(Delivery).where(Delivery.campaign_id == campaign.id).values(benefit="due"))
    return campaign


def had(session: Session, member: Member) -> tuple[int, int]:
    """Coupons and points of campaigns."""
    coupons = select(func.count()).where(Coupon.member_id == member.id, Coupon.source.startswith("campaign:"))
    entries = select(func.coalesce(func.sum(PointsEntry.amount), 0)).where(
        PointsEntry.member_id == member.id, PointsEntry.source.startswith("campaign:")
    )
    return session.scalars(coupons).one(), int(session.scalars(entries).one())


def test_everyone_gets_it_once_message_or_not(
    db_session: Session, template: MessageTemplate, wechat: RecordingWeChat
) -> None:
    reached, unreachable = make_reachable(template), make_member()
    campaign = promised(db_session, template, batch=make_batch(how="issue"), points=30)
    assert give_benefits(now=NOON)["given"] == 2
    assert not any(give_benefits(now=NOON).values())
    assert drain(campaign) == 1
    assert [had(db_session, one) for one in (reached, unreachable)] == [(1, 30), (1, 30)]
    assert [delivery_of(campaign, one).benefit for one in (reached, unreachable)] == ["given", "given"]
    assert delivery_of(campaign, unreachable).state == "suppressed"


def test_the_lane_gives_what_the_tick_has_not_reached_yet(
    db_session: Session, template: MessageTemplate, wechat: RecordingWeChat
) -> None:
    member = make_reachable(template)
    campaign = promised(db_session, template, batch=make_batch(how="issue"))
    assert drain(campaign) == 1
    assert (had(db_session, member), delivery_of(campaign, member).benefit) == ((1, 0), "given")
    assert give_benefits(now=NOON)["given"] == 0


def test_only_the_reached_get_what_is_for_the_reached(
    db_session: Session, template: MessageTemplate, wechat: RecordingWeChat
) -> None:
    reached, unreachable = make_reachable(template), make_member()
    campaign = promised(db_session, template, points=30, benefit_for="reached")
    assert not any(give_benefits(now=NOON).values())
    assert drain(campaign) == 1
    assert [had(db_session, one) for one in (reached, unreachable)] == [(0, 30), (0, 0)]
    assert [delivery_of(campaign, one).benefit for one in (reached, unreachable)] == ["given", None]


@pytest.mark.parametrize("benefit_for", ["everyone", "reached"])
def test_no_coupon_no_message_and_no_points_either(
    db_session: Session, template: MessageTemplate, wechat: RecordingWeChat, benefit_for: str
) -> None:
    members = [make_reachable(template) for _ in range(2)]
    batch = make_batch(how="issue", stock=1)
    campaign = promised(db_session, template, batch=batch, points=30, benefit_for=benefit_for)
    assert drain(campaign) == 1
    rows = [delivery_of(campaign, one) for one in members]
    assert sorted((row.state, row.reason, row.benefit) for row in rows) == [
        ("sent", None, "given"),
        ("suppressed", "gift_unavailable", "refused"),
    ]
    assert sorted(had(db_session, one) for one in members) == [(0, 0), (1, 30)]


def test_the_tick_takes_a_message_back_that_would_be_a_lie(db_session: Session, template: MessageTemplate) -> None:
    members = [make_reachable(template) for _ in range(2)]
    campaign = promised(db_session, template, batch=make_batch(how="issue", stock=1))
    counts = give_benefits(now=NOON)
    assert (counts["given"], counts["refused"]) == (1, 1)
    rows = [delivery_of(campaign, one) for one in members]
    assert sorted((row.state, row.reason, row.benefit) for row in rows) == [
        ("planned", None, "given"),
        ("suppressed", "gift_unavailable", "refused"),
    ]


def test_a_message_that_did_not_leave_keeps_its_benefit_for_the_next_try(
    db_session: Session, template: MessageTemplate, wechat: RecordingWeChat, standing_clock: Clock
) -> None:
    member = make_reachable(template)
    campaign = promised(db_session, template, points=30, benefit_for="reached")
    wechat.program_send(outcomes.never_left("no_connection"))
    assert drain(campaign) == 1
    row = delivery_of(campaign, member)
    assert (row.state, row.benefit, had(db_session, member)) == ("planned", "given", (0, 30))
    standing_clock.move(minutes=5)
    assert drain(campaign) == 1
    assert (delivery_of(campaign, member).state, had(db_session, member)) == ("sent", (0, 30))


def test_a_paused_campaign_waits_and_a_cancelled_one_owes_nothing(
    db_session: Session, template: MessageTemplate
) -> None:
    member = make_member()
    campaign = promised(db_session, template, points=30)
    campaign_states.pause(campaign, actor=Actor.system(), now=NOON)
    assert not any(give_benefits(now=NOON).values())
    # Listed a moment before the pause.
    assert campaign_benefits.give(campaign_benefits.BenefitKey(campaign.id, "0", member.id), now=NOON) == "due"
    campaign_states.cancel(campaign, actor=Actor.system(), now=NOON)
    assert give_benefits(now=NOON)["withdrawn"] == 1
    assert (delivery_of(campaign, member).benefit, had(db_session, member)) == ("refused", (0, 0))


def test_one_person_gets_one_of_what_two_memberships_were_due(db_session: Session, template: MessageTemplate) -> None:
    kept, merged = make_member(), make_member()
    campaign = promised(db_session, template, batch=make_batch(how="issue"), points=30)
    campaign_benefits.give(campaign_benefits.BenefitKey(campaign.id, "0", merged.id), now=NOON)
    merges.lock_accounts(kept.id, merged.id)
    locked = merges.lock_members(kept.id, merged.id)
    merges.merge(locked[kept.id], locked[merged.id], phone=None, reason="phone", actor=Actor.system(), now=NOON)
    give_benefits(now=NOON)
    assert delivery_of(campaign, kept).benefit == "refused"
    assert had(db_session, kept)[0] == 1
    assert (
        db_session.scalar(text("SELECT points_balance FROM member_account WHERE member_id = :id"), {"id": kept.id})
        == 30
    )


def test_a_row_left_with_who_was_merged_gives_nothing_more(db_session: Session, template: MessageTemplate) -> None:
    kept, merged = make_member(), make_member()
    campaign = promised(db_session, template, points=30)
    merges.lock_accounts(kept.id, merged.id)
    locked = merges.lock_members(kept.id, merged.id)
    merges.merge(locked[kept.id], locked[merged.id], phone=None, reason="phone", actor=Actor.system(), now=NOON)
    give_benefits(now=NOON)
    assert [delivery_of(campaign, one).benefit for one in (kept, merged)] == ["given", "refused"]
    assert [had(db_session, one) for one in (kept, merged)] == [(0, 30), (0, 0)]


def test_one_bad_row_keeps_nobody_else_waiting(
    db_session: Session, template: MessageTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [make_member() for _ in range(3)]
    promised(db_session, template, points=30)
    earn = points.earn

    def failing(member_id: int, **values: Any) -> object:
        if member_id == members[0].id:
            raise RuntimeError("a row nobody foresaw")
        return earn(member_id, **values)

    monkeypatch.setattr(points, "earn", failing)
    monkeypatch.setattr("jobs.give_benefits.CHUNK", 1)
    counts = give_benefits(now=NOON)
    assert (counts["given"], counts["failed"]) == (2, 1)


def test_both_or_nothing(db_session: Session, template: MessageTemplate, monkeypatch: pytest.MonkeyPatch) -> None:
    member = make_member()
    campaign = promised(db_session, template, batch=make_batch(how="issue"), points=30)

    def refuse(*_: object, **__: object) -> None:
        raise RuleBroken

    monkeypatch.setattr(points, "earn", refuse)
    assert give_benefits(now=NOON)["refused"] == 1
    assert (had(db_session, member), delivery_of(campaign, member).benefit) == ((0, 0), "refused")
