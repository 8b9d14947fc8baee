"""A message's link: whose it is, once, whatever happens to the row and to the member."""

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.extensions import db
from app.gateways.wechat import SendOutcome
from app.models import Campaign, Member
from app.services import deliveries, delivery_outcomes, delivery_sheets, doubts, merges, message_opens
from app.services.deliveries import Message
from app.wiring import parts
from tests.factories.members import make_member, sign_in
from tests.factories.messages import delivery_of, make_message_template, make_reachable, make_running

TAKEN = SendOutcome(status="ok", reason="ok", action="none", not_sent=False)
LOST = SendOutcome(status="unknown", reason="timeout", action="none", not_sent=False)
BUSY = SendOutcome(status="failed", reason="busy", action="retry_soon", errcode=-1, not_sent=True)


def start(campaign: Campaign, now: datetime) -> Message:
    """Its one message, on its way."""
    sheet = delivery_sheets.get(campaign.id, app_id=parts().config.wechat_appid)
    [ticket] = deliveries.claim_due(campaign.id, limit=5, now=now)
    message = deliveries.start_dispatch(ticket, sheet=sheet, now=now)
    assert message is not None
    return message


def finish(campaign: Campaign, message: Message, outcome: SendOutcome, now: datetime) -> None:
    sheet = delivery_sheets.get(campaign.id, app_id=parts().config.wechat_appid)
    delivery_outcomes.record(message, outcome, sheet=sheet, now=now)


def send(now: datetime, outcome: SendOutcome = TAKEN) -> tuple[Campaign, Member, str]:
    """One message sent: its campaign, its member and the code in its page."""
    template = make_message_template()
    member = make_reachable(template, times=3)
    campaign = make_running(template)
    message = start(campaign, now)
    finish(campaign, message, outcome, now)
    return campaign, member, message.page.rpartition("d=")[2]


def open_it(code: str, member: Member, now: datetime) -> bool:
    return message_opens.record(code, member_id=member.id, now=now)


def test_codes_are_random_and_tell_nothing(db_session: Session, now: datetime) -> None:
    codes = {message_opens.fresh_code() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{12}", code) for code in codes)
    campaign, member, code = send(now)
    assert delivery_of(campaign, member).link_code == code
    assert str(member.public_id) not in code


def test_only_whom_it_was_sent_to_and_once(db_session: Session, now: datetime) -> None:
    campaign, member, code = send(now)
    assert not open_it(code, make_member(), now)
    assert not open_it("AAAAAAAAAAAA", member, now)
    assert delivery_of(campaign, member).opened_at is None
    assert open_it(code, member, now)
    assert not open_it(code, member, now + timedelta(hours=1))
    assert delivery_of(campaign, member).opened_at == now


def test_the_code_stays_over_tries(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    member = make_reachable(template)
    campaign = make_running(template)
    first = start(campaign, now)
    finish(campaign, first, BUSY, now)
    code = first.page.rpartition("d=")[2]
    # Not sent: there is nothing to open.
    assert not open_it(code, member, now)
    again = start(campaign, now + timedelta(minutes=5))
    assert again.page == first.page
    # Sent, but the answer is still on its way.
    assert open_it(code, member, now)
    finish(campaign, again, TAKEN, now)
    assert (delivery_of(campaign, member).state, delivery_of(campaign, member).opened_at) == ("sent", now)


def test_who_opens_it_has_it(db_session: Session, now: datetime) -> None:
    campaign, member, code = send(now, LOST)
    assert delivery_of(campaign, member).state == "in_doubt"
    assert open_it(code, member, now)
    row = delivery_of(campaign, member)
    assert (row.state, row.reason, row.finished_at) == ("sent", "opened", now)
    # The event may still come: it says the same.
    assert row.awaiting_event
    doubts.stop_waiting(now=now + timedelta(hours=1))
    assert delivery_of(campaign, member).state == "sent"


@pytest.mark.parametrize("both_had_it", [False, True])
def test_a_merge_keeps_the_opening_and_the_link(db_session: Session, now: datetime, both_had_it: bool) -> None:
    template = make_message_template()
    kept = make_reachable(template) if both_had_it else make_member()
    merged = make_reachable(template)
    campaign = make_running(template)
    codes = {}
    while tickets := deliveries.claim_due(campaign.id, limit=1, now=now):
        sheet = delivery_sheets.get(campaign.id, app_id=parts().config.wechat_appid)
        message = deliveries.start_dispatch(tickets[0], sheet=sheet, now=now)
        assert message is not None
        delivery_outcomes.record(message, TAKEN, sheet=sheet, now=now)
        codes[tickets[0].member_id] = message.page.rpartition("d=")[2]
    if both_had_it:
        assert open_it(codes[kept.id], kept, now)
    merges.lock_accounts(kept.id, merged.id)
    merges.merge(kept, merged, phone=None, reason="test", actor=Actor.system(), now=now)
    # Where both had it, the merged one's row stays where it is, and the link in it is still this person's.
    assert open_it(codes[merged.id], kept, now)
    opened = db.session.scalar(
        text("SELECT count(*) FROM delivery WHERE campaign_id = :id AND opened_at IS NOT NULL"), {"id": campaign.id}
    )
    assert opened == (2 if both_had_it else 1)


def test_over_http_the_answer_tells_nothing(client: FlaskClient, db_session: Session, now: datetime) -> None:
    campaign, member, code = send(now)
    stranger = make_member()
    for who, told in ((stranger, code), (member, "AAAAAAAAAAAA"), (member, code), (member, code)):
        answer = client.post("/api/mini/v1/message-opens", json={"code": told}, headers=sign_in(who))
        assert (answer.status_code, answer.json) == (200, {"noted": True})
    assert delivery_of(campaign, member).opened_at is not None
    assert client.post("/api/mini/v1/message-opens", json={"code": code}).status_code == 401
    assert client.post("/api/mini/v1/message-opens", json={"code": "x"}, headers=sign_in(member)).status_code == 422


def test_tries_are_counted(client: FlaskClient, db_session: Session, now: datetime) -> None:
    headers = sign_in(make_member())
    answers = [
        client.post("/api/mini/v1/message-opens", json={"code": "AAAAAAAAAAAA"}, headers=headers).status_code
        for _ in range(61)
    ]
    assert (set(answers[:60]), answers[60]) == ({200}, 429)
