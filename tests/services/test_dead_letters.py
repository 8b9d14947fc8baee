"""Messages that wait for a person: what may be retried, resent and settled, once, and what follows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import DeliveryStateConflict, NotFound
from app.extensions import db
from app.gateways.wechat import SendOutcome
from app.models import AuditEntry, Campaign, Member, SubscriptionGrant
from app.services import campaign_states, dead_letters, deliveries, delivery_outcomes, delivery_sheets, doubts
from app.services.dead_letters import Letter
from app.wiring import parts
from tests.factories.members import make_member
from tests.factories.messages import delivery_of, make_message_template, make_reachable, make_running, staff_actor
from tests.factories.staff import make_staff, sign_in

TAKEN = SendOutcome(status="ok", reason="ok", action="none", not_sent=False)
LOST = SendOutcome(status="unknown", reason="timeout", action="none", not_sent=False)
REFUSED = SendOutcome(status="failed", reason="bad_openid", action="fail_member", errcode=40003, not_sent=True)
Step = Callable[[Campaign, Letter, datetime], None]


def send(campaign: Campaign, now: datetime, outcome: SendOutcome) -> str | None:
    """What is due of it, once."""
    sheet = delivery_sheets.get(campaign.id, app_id=parts().config.wechat_appid)
    state = None
    for ticket in deliveries.claim_due(campaign.id, limit=5, now=now):
        message = deliveries.start_dispatch(ticket, sheet=sheet, now=now)
        if message is not None:
            state = delivery_outcomes.record(message, outcome, sheet=sheet, now=now)
    return state


@pytest.fixture
def sent(db_session: Session, now: datetime) -> Callable[[SendOutcome], tuple[Campaign, Member]]:
    """A campaign to one member with two permissions, and what came of its message."""

    def sent(outcome: SendOutcome) -> tuple[Campaign, Member]:
        template = make_message_template()
        member = make_reachable(template, times=2)
        campaign = make_running(template)
        send(campaign, now, outcome)
        return campaign, member

    return sent


def letter(member: Member) -> Letter:
    return Letter(member.public_id, "0")


def grants(member: Member) -> int:
    found = db.session.scalar(select(SubscriptionGrant.remaining).where(SubscriptionGrant.member_id == member.id))
    return found or 0


def retry(campaign: Campaign, one: Letter, now: datetime) -> None:
    dead_letters.retry(campaign, one, actor=staff_actor(), now=now)


def resend(campaign: Campaign, one: Letter, now: datetime) -> None:
    dead_letters.resend(campaign, one, reason="客人说没收到", actor=staff_actor(), now=now)


def settle(campaign: Campaign, one: Letter, now: datetime) -> None:
    dead_letters.settle(campaign, one, state="failed", reason="后台查无", actor=staff_actor(), now=now)


def test_what_failed_is_sent_again_as_if_for_the_first_time(sent: Any, now: datetime) -> None:
    campaign, member = sent(REFUSED)
    assert (delivery_of(campaign, member).state, grants(member)) == ("failed", 2)
    campaign_states.finish_done(now=now)
    db.session.refresh(campaign)
    assert campaign.state == "done"
    retry(campaign, letter(member), now)
    db.session.refresh(campaign)
    row = delivery_of(campaign, member)
    assert (row.state, row.errcode, row.attempts, campaign.state) == ("planned", None, 0, "running")
    assert send(campaign, now, TAKEN) == "sent"
    assert grants(member) == 1
    campaign_states.finish_done(now=now)
    db.session.refresh(campaign)
    assert campaign.state == "done"
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action == "delivery.retry")).all()
    assert len(actions) == 1


@pytest.mark.parametrize(
    ("outcome", "step"),
    [
        (TAKEN, retry),
        (TAKEN, resend),
        (TAKEN, settle),
        (LOST, retry),
        (LOST, resend),
        (REFUSED, resend),
        (REFUSED, settle),
    ],
)
def test_what_must_not_be_touched(sent: Any, now: datetime, outcome: SendOutcome, step: Step) -> None:
    # A message in doubt is not resent while WeChat's event may still come.
    campaign, member = sent(outcome)
    before = delivery_of(campaign, member).state
    with pytest.raises(DeliveryStateConflict):
        step(campaign, letter(member), now)
    assert delivery_of(campaign, member).state == before


def test_what_others_call_failed_may_have_arrived(sent: Any, now: datetime) -> None:
    campaign, member = sent(LOST)
    settle(campaign, letter(member), now)
    assert delivery_of(campaign, member).state == "failed"
    with pytest.raises(DeliveryStateConflict):
        retry(campaign, letter(member), now)
    assert dead_letters.retry_all(campaign, errcode=None, actor=staff_actor(), now=now) == 0


def test_a_doubt_is_resent_once(sent: Any, now: datetime) -> None:
    campaign, member = sent(LOST)
    later = now + timedelta(days=7)
    doubts.stop_waiting(now=later)
    resend(campaign, letter(member), later)
    assert send(campaign, later, LOST) == "in_doubt"
    doubts.stop_waiting(now=later + timedelta(hours=1))
    with pytest.raises(DeliveryStateConflict):
        resend(campaign, letter(member), later + timedelta(hours=1))
    details = db.session.scalars(select(AuditEntry.details).where(AuditEntry.action == "delivery.resend")).one()
    assert details["reason"] == "客人说没收到"


def test_an_event_that_comes_first_ends_it(sent: Any, now: datetime) -> None:
    campaign, member = sent(LOST)
    openid = delivery_of(campaign, member).openid
    template = db.session.get_one(type(campaign), campaign.id).message_template_id
    from app.models import MessageTemplate

    name = db.session.get_one(MessageTemplate, template).wechat_template_id
    assert doubts.settle_by_event(
        openid or "", wechat_template_id=name, status="success", errcode=0, msgid=None, now=now
    )
    with pytest.raises(DeliveryStateConflict):
        settle(campaign, letter(member), now)
    assert delivery_of(campaign, member).state == "sent"


def test_many_at_once_by_errcode(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    members = [make_reachable(template) for _ in range(3)]
    campaign = make_running(template)
    send(campaign, now, REFUSED)
    [group] = dead_letters.list_groups()
    assert (group.campaign_id, group.state, group.errcode, group.messages) == (campaign.public_id, "failed", 40003, 3)
    assert dead_letters.retry_all(campaign, errcode=47003, actor=staff_actor(), now=now) == 0
    assert dead_letters.retry_all(campaign, errcode=40003, actor=staff_actor(), now=now) == 3
    assert {delivery_of(campaign, member).state for member in members} == {"planned"}
    assert dead_letters.list_groups() == []


def test_nobody_and_nothing(sent: Any, now: datetime) -> None:
    campaign, member = sent(REFUSED)
    for one in (Letter(member.public_id, "2026"), letter(make_member())):
        with pytest.raises(NotFound):
            retry(campaign, one, now)
    campaign_states.cancel(campaign, actor=Actor.system(), now=now)
    with pytest.raises(DeliveryStateConflict):
        retry(campaign, letter(member), now)


def test_at_the_console(client: FlaskClient, sent: Any, now: datetime) -> None:
    campaign, member = sent(REFUSED)
    url = f"/api/console/v1/campaigns/{campaign.public_id}"
    marketer, manager = (sign_in(make_staff(role)) for role in ("marketer", "manager"))
    groups = client.get("/api/console/v1/dead-letters", headers=marketer).json["data"]
    assert [(group["errcode"], group["messages"]) for group in groups] == [(40003, 1)]
    key = {"Idempotency-Key": "retry-1"}
    body = {"member_id": str(member.public_id), "occurrence": "0"}
    for _ in range(2):
        answer = client.post(f"{url}/deliveries/retry", json=body, headers={**marketer, **key})
        assert (answer.status_code, answer.json) == (200, {"messages": 1})
    told = {**body, "reason": "客人说没收到"}
    key = {"Idempotency-Key": "resend-1"}
    assert client.post(f"{url}/deliveries/resend", json=told, headers={**marketer, **key}).status_code == 403
    assert client.post(f"{url}/deliveries/resend", json=told, headers={**manager, **key}).status_code == 409
    key = {"Idempotency-Key": "settle-1"}
    answer = client.post(f"{url}/deliveries/settle", json={**told, "state": "sent"}, headers={**manager, **key})
    assert answer.json["error"]["code"] == "delivery_state_conflict"
    key = {"Idempotency-Key": "all-1"}
    answer = client.post(f"{url}/retries", json={"errcode": 40003}, headers={**manager, **key})
    assert (answer.status_code, answer.json) == (200, {"messages": 0})


@pytest.mark.parametrize(("outcome", "step"), [(REFUSED, retry), (LOST, resend)])
def test_a_wish_whose_day_is_over_stays_what_it_is(sent: Any, now: datetime, outcome: SendOutcome, step: Step) -> None:
    campaign, member = sent(outcome)
    row = delivery_of(campaign, member)
    row.awaiting_event, row.expires_at = False, now
    db.session.flush()
    with pytest.raises(DeliveryStateConflict):
        step(campaign, letter(member), now)
    assert dead_letters.retry_all(campaign, errcode=row.errcode, actor=staff_actor(), now=now) == 0
    assert delivery_of(campaign, member).state == row.state
