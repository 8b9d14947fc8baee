"""From channel to channel: each at most once, never after a doubt, and nobody is told the same thing twice."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.gateways.channels import Letter
from app.gateways.wechat import SendOutcome, outcomes
from app.models import MemberContact, MessagePreference, MessageTemplate, OfficialFollower
from app.services import deliveries, delivery_outcomes, delivery_sheets, doubts, official_doubts
from app.wiring import parts
from tests.conftest import NOON, Clock
from tests.factories.channels import (
    OA_APP_ID,
    ToldChannel,
    give_email,
    make_everywhere,
    make_spoken_template,
    order_channels,
    plan,
)
from tests.factories.members import make_member
from tests.factories.messages import delivery_of, make_reachable, make_running
from tests.jobs.lane import counters, drain, left

pytestmark = pytest.mark.usefixtures("open_gate")

ORDER = ("subscribe", "oa_template", "sms", "email")
Told = dict[str, ToldChannel]


@pytest.fixture
def told(db_session: Session, monkeypatch: pytest.MonkeyPatch) -> Told:
    """All four channels, configured and obedient."""
    channels = {name: ToldChannel() for name in ORDER}
    monkeypatch.setattr(parts(), "channels", channels)
    monkeypatch.setattr(parts(), "config", replace(parts().config, wechat_oa_appid=OA_APP_ID))
    return channels


@pytest.fixture
def template(db_session: Session, told: Told) -> MessageTemplate:
    """A service message with a text everywhere, by all channels in turn."""
    order_channels("service", ORDER)
    return make_spoken_template(topic="service")


def _refused(reason: str, **changes: object) -> SendOutcome:
    values: dict[str, object] = {"status": "failed", "reason": reason, "action": "fail_member", "not_sent": True}
    return SendOutcome(**{**values, **changes})  # type: ignore[arg-type]


def test_the_first_channel_that_reaches_is_taken(told: Told, template: MessageTemplate) -> None:
    member = make_everywhere(template)
    campaign = make_running(template)
    assert drain(campaign) == 1
    row = delivery_of(campaign, member)
    assert (row.state, row.channel, row.tried_channels) == ("sent", "subscribe", [])
    assert left(member, template) == 0
    assert [len(told[name].letters) for name in ORDER] == [1, 0, 0, 0]


def test_it_goes_on_through_all_channels_each_once(told: Told, template: MessageTemplate, db_session: Session) -> None:
    member = make_everywhere(template)
    campaign = make_running(template)
    told["subscribe"].programmed.append(outcomes.refused(43101))
    told["oa_template"].programmed.append(outcomes.refused(43004))
    told["sms"].programmed.append(_refused("number_unreachable"))
    assert drain(campaign) == 4
    row = delivery_of(campaign, member)
    assert (row.state, row.channel, row.tried_channels, row.attempts) == ("sent", "email", list(ORDER[:3]), 1)
    assert (row.openid, row.awaiting_event) == (None, False)
    assert [len(told[name].letters) for name in ORDER] == [1, 1, 1, 1]
    # What each refusal taught: WeChat knows of no permission, and the follower left.
    assert left(member, template) == 0
    assert db_session.query(OfficialFollower).count() == 0


def test_the_end_of_the_order_is_told_by_the_last_refusal(told: Told, template: MessageTemplate) -> None:
    member = make_everywhere(template)
    campaign = make_running(template)
    told["subscribe"].programmed.append(outcomes.refused(43101))
    for name in ORDER[1:]:
        told[name].programmed.append(_refused("address_refused"))
    drain(campaign)
    row = delivery_of(campaign, member)
    assert (row.state, row.reason, row.channel, row.tried_channels) == (
        "failed",
        "address_refused",
        "email",
        list(ORDER[:3]),
    )
    assert drain(campaign) == 0


@pytest.mark.parametrize("name", ORDER)
def test_a_doubt_never_goes_on(told: Told, template: MessageTemplate, name: str) -> None:
    order_channels("service", [name, *(other for other in ORDER if other != name)])
    member = make_everywhere(template)
    campaign = make_running(template)
    told[name].programmed.append(outcomes.in_doubt("timeout"))
    assert drain(campaign, turns=3) == 1
    row = delivery_of(campaign, member)
    assert (row.state, row.channel, row.tried_channels) == ("in_doubt", name, [])
    assert sum(len(channel.letters) for channel in told.values()) == 1


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (outcomes.refused(-1), "planned"),
        (outcomes.refused(45009), "planned"),
        (outcomes.refused(40037), "planned"),
        (outcomes.refused(47003), "failed"),
        (outcomes.never_left("no_connection"), "planned"),
    ],
)
def test_what_is_not_about_the_member_stays_where_it_is(
    told: Told, template: MessageTemplate, outcome: SendOutcome, state: str
) -> None:
    member = make_everywhere(template)
    campaign = make_running(template)
    told["subscribe"].programmed.append(outcome)
    drain(campaign)
    row = delivery_of(campaign, member)
    assert (row.state, row.channel, row.tried_channels) == (state, "subscribe", [])


def test_without_a_permission_the_next_channel_is_taken_at_once(told: Told, template: MessageTemplate) -> None:
    member = make_member(marketing=True)
    address = give_email(member)
    campaign = make_running(template)
    plan(campaign, member)
    assert drain(campaign) == 1
    row = delivery_of(campaign, member)
    assert (row.state, row.channel, row.tried_channels) == ("sent", "email", [])
    (letter,) = told["email"].letters
    assert parts().vault.decrypt(letter.sealed, context=letter.sealed_for) == address
    assert (letter.address, letter.subscription) == ("", f"{member.id}:service")
    assert address not in repr(letter)


def test_what_each_channel_is_given(told: Told, template: MessageTemplate) -> None:
    campaigns = []
    for name in ORDER:
        order_channels("service", [name])
        member = make_everywhere(template)
        campaign = make_running(template)
        plan(campaign, member, channel=name)
        drain(campaign)
        campaigns.append((campaign, member))
    subscribe, official, sms, email = (told[name].letters[0] for name in ORDER)
    assert (subscribe.template_id, subscribe.data["thing1"]) == (template.wechat_template_id, "小雨，全场八折")
    assert (official.template_id, dict(official.data)) == (
        "OA_1",
        {"thing1": "小雨，全场八折", "time2": "2026年11月20日"},
    )
    assert (sms.template_id, dict(sms.data)) == ("SMS_1", {"what": "小雨，全场八折"})
    assert email.subject.endswith("：小雨，全场八折")
    assert email.text == "小雨，您好：\n小雨，全场八折（2026年11月20日）"
    assert len({letter.repeat_key for letter in (subscribe, official, sms, email)}) == 4
    assert all(len(letter.repeat_key) == 32 for letter in (subscribe, official, sms, email))


def test_what_the_member_switched_off_is_not_used(told: Told, template: MessageTemplate, db_session: Session) -> None:
    member = make_everywhere(template)
    for channel in ("subscribe", "sms"):
        db_session.add(
            MessagePreference(
                member_id=member.id, topic="service", channel=channel, is_on=False, changed_by="member", changed_at=NOON
            )
        )
    campaign = make_running(template)
    told["oa_template"].programmed.append(_refused("muted", errcode=43101))
    drain(campaign)
    row = delivery_of(campaign, member)
    assert (row.channel, row.tried_channels) == ("email", ["oa_template"])
    assert left(member, template) == 1


def test_caps_count_marketing_whatever_the_channel(told: Told, db_session: Session) -> None:
    order_channels("promotion", ["subscribe", "email"])
    template = make_spoken_template()
    member = make_reachable(template)
    give_email(member)
    first, second = make_running(template), make_running(template)
    told["subscribe"].programmed.append(outcomes.refused(43101))
    drain(first)
    assert delivery_of(first, member).channel == "email"
    # Given back by the refusal, taken by the letter: one message, of the day and of the week.
    assert counters(db_session, member) == 3
    plan(second, member)
    drain(second)
    row = delivery_of(second, member)
    assert (row.state, row.reason) == ("suppressed", "capped_today")


def test_a_box_that_does_not_exist_is_not_written_to_again(
    told: Told, template: MessageTemplate, db_session: Session
) -> None:
    order_channels("service", ["email"])
    member = make_everywhere(template)
    told["email"].programmed.append(_refused("address_refused", errcode=550))
    for expected in (("failed", "address_refused"), ("suppressed", "no_address")):
        campaign = make_running(template)
        plan(campaign, member, channel="email")
        drain(campaign)
        row = delivery_of(campaign, member)
        assert (row.state, row.reason) == expected
    assert db_session.get_one(MemberContact, (member.id, "email"), populate_existing=True).refused_at is not None


ANSWERS = (
    SendOutcome(status="ok"),
    outcomes.in_doubt("timeout"),
    outcomes.refused(43101),
    outcomes.refused(40003),
    outcomes.refused(43108),
    outcomes.refused(-1),
    outcomes.refused(47003),
    outcomes.refused(45011),
    outcomes.never_left("no_connection"),
    SendOutcome(status="failed", errcode=43101, reason="garbled", action="drop_grant", not_sent=False),
)


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_told_twice_whatever_the_channels_answer(
    told: Told, template: MessageTemplate, db_session: Session, standing_clock: Clock, seed: int
) -> None:
    """Forty members, orders and answers at random; what may have arrived counts as told."""
    chance = random.Random(seed)
    heard: Counter[str] = Counter()
    asked: Counter[tuple[str, str]] = Counter()

    def answer(name: str, letter: Letter) -> SendOutcome:
        asked[letter.repeat_key, name] += 1
        outcome = chance.choice(ANSWERS)
        if outcome.status == "ok" or not outcome.not_sent:
            heard[letter.repeat_key] += 1
        return outcome

    for name, channel in told.items():
        channel.decide = lambda letter, name=name: answer(name, letter)
    order_channels("service", chance.sample(ORDER, k=4))
    members = [make_everywhere(template) for _ in range(40)]
    campaign = make_running(template)
    for member in members:
        plan(campaign, member, channel=chance.choice(ORDER))
    for _ in range(60):
        drain(campaign)
        standing_clock.move(seconds=30)
    states = Counter(delivery_of(campaign, member).state for member in members)
    assert set(states) <= {"sent", "in_doubt", "failed", "suppressed"}, states
    assert max(heard.values()) == 1, "somebody was told twice"
    # Sent and doubtful rows are exactly those that may have heard.
    assert sum(heard.values()) == states["sent"] + states["in_doubt"]
    tried = db_session.execute(text("SELECT channel, tried_channels FROM delivery ORDER BY member_id")).all()
    assert any(row.tried_channels for row in tried)
    assert all(len({*row.tried_channels, row.channel}) == len(row.tried_channels) + 1 for row in tried)


def test_a_worker_that_dies_on_the_second_channel_leaves_a_doubt_there(
    told: Told, template: MessageTemplate, standing_clock: Clock
) -> None:
    member = make_everywhere(template)
    campaign = make_running(template)
    config = parts().config
    told["subscribe"].programmed.append(outcomes.refused(43101))
    sheet = delivery_sheets.get(
        campaign.id, app_id=config.wechat_appid, oa_app_id=config.wechat_oa_appid, channels=told.keys()
    )
    for channel in ORDER[:2]:
        (ticket,) = deliveries.claim_due(campaign.id, limit=5, now=standing_clock.now)
        assert ticket.channel == channel
        message = deliveries.start_dispatch(ticket, sheet=sheet, now=standing_clock.now)
        assert message is not None
        if channel == "subscribe":
            delivery_outcomes.record(message, outcomes.refused(43101), sheet=sheet, now=standing_clock.now)
    # Killed here: the call may have been made.
    assert doubts.reap(now=standing_clock.move(minutes=5)) == 1
    assert drain(campaign, turns=3) == 0
    row = delivery_of(campaign, member)
    assert (row.state, row.channel, row.tried_channels) == ("in_doubt", "oa_template", ["subscribe"])
    # It was only slow, and the answer came: certainly not taken, so it may go on after all.
    assert message is not None
    delivery_outcomes.record(message, outcomes.refused(43004), sheet=sheet, now=standing_clock.now)
    assert drain(campaign) == 1
    row = delivery_of(campaign, member)
    assert (row.state, row.channel, row.tried_channels) == ("sent", "sms", ["subscribe", "oa_template"])


def test_what_was_settled_meanwhile_does_not_go_on(
    told: Told, template: MessageTemplate, standing_clock: Clock, db_session: Session
) -> None:
    """WeChat's event said it arrived before the worker learned that it was refused: the event is believed."""
    order_channels("service", ["oa_template", "sms"])
    member = make_everywhere(template)
    campaign = make_running(template)
    plan(campaign, member, channel="oa_template")

    def refuse_late(letter: Letter) -> SendOutcome:
        assert official_doubts.settle(letter.address, msgid=5, status="success", now=standing_clock.now)
        return outcomes.refused(43004)

    told["oa_template"].decide = refuse_late
    drain(campaign, turns=2)
    row = delivery_of(campaign, member)
    assert (row.state, row.channel, row.tried_channels) == ("sent", "oa_template", [])
    assert not told["sms"].letters
