"""The official account's callbacks: followers learned and forgotten, sends settled, each event once."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import LoyaltyError
from app.gateways.wechat import Follower, PushReceiver, RecordingOfficial, WeChatRejected, WeChatUnavailable
from app.models import MessageTemplate, OfficialFollower, WeChatEvent
from app.wiring import parts
from jobs.link_followers import link_followers
from sandbox import push_events, push_request
from sandbox.ids import Ids
from sandbox.settings import PushTarget
from tests.conftest import Clock
from tests.factories.channels import OA_APP_ID, make_everywhere, make_spoken_template, order_channels, plan
from tests.factories.messages import delivery_of, make_running

URL = "/wechat/official/push"
TOKEN, AES_KEY = "official-token", "D" * 43
OPENID = "oa_pushed"


@pytest.fixture
def official(db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> RecordingOfficial:
    """A configured official account that asks nobody outside."""
    fake = RecordingOfficial()
    receiver = PushReceiver(TOKEN, AES_KEY, OA_APP_ID, now=parts().push._now)
    monkeypatch.setattr(parts(), "config", replace(parts().config, wechat_oa_appid=OA_APP_ID))
    monkeypatch.setattr(parts(), "official", fake)
    monkeypatch.setattr(parts(), "official_push", receiver)
    return fake


def pushed(event: push_events.Event, *, now: datetime, shape: str = "json", token: str = TOKEN) -> dict[str, Any]:
    """What WeChat would post, as the test client's arguments."""
    target = PushTarget(url="http://x/", token=token, aes_key=AES_KEY, format=shape)
    made = push_request.prepare(event, target, appid=OA_APP_ID, ids=Ids("t", 0), now=now.timestamp())
    return {
        "query_string": dict(parse_qsl(urlsplit(made.url).query)),
        "data": made.body,
        "content_type": made.content_type,
    }


def followed(now: datetime, *, follows: bool = True) -> push_events.Event:
    return push_events.followed(OPENID, follows=follows, at=now.timestamp())


def test_without_an_official_account_the_door_is_shut(client: FlaskClient, db_session: Session, now: datetime) -> None:
    assert client.post(URL, **pushed(followed(now), now=now)).status_code == 403


@pytest.mark.parametrize("shape", ["json", "xml"])
def test_followers_come_and_go(
    client: FlaskClient, db_session: Session, official: RecordingOfficial, standing_clock: Clock, shape: str
) -> None:
    official.followers[OPENID] = Follower(follows=True, unionid="u-1")
    now = standing_clock.now
    for _ in range(2):
        answer = client.post(URL, **pushed(followed(now), now=now, shape=shape))
        assert (answer.status_code, answer.text) == (200, "success")
    assert link_followers(now=now) == {"asked": 1, "known": 1}
    assert link_followers(now=now) == {"asked": 0, "known": 0}
    row = db_session.scalars(select(OfficialFollower)).one()
    assert (row.openid, row.unionid, row.looked_up_at) == (OPENID, "u-1", now)
    later = standing_clock.move(seconds=9)
    client.post(URL, **pushed(followed(later, follows=False), now=later, shape=shape))
    assert db_session.scalars(select(OfficialFollower)).all() == []


def test_events_out_of_turn_are_put_right_by_the_look_up(
    client: FlaskClient, db_session: Session, official: RecordingOfficial, standing_clock: Clock
) -> None:
    """The news of leaving overtook that of following."""
    now = standing_clock.now
    client.post(URL, **pushed(followed(now, follows=False), now=now))
    client.post(URL, **pushed(followed(now), now=now))
    assert link_followers(now=now) == {"asked": 1, "known": 0}
    assert db_session.scalars(select(OfficialFollower)).all() == []


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (WeChatUnavailable(reason="busy", retry_after_seconds=2), [OPENID]),
        (WeChatRejected(errcode=48001, reason="api_not_authorised"), [OPENID]),
        (WeChatRejected(errcode=40003, reason="openid_invalid"), []),
    ],
)
def test_trouble_with_the_look_up_forgets_nobody(  # noqa: PLR0917
    client: FlaskClient,
    db_session: Session,
    official: RecordingOfficial,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    error: LoyaltyError,
    left: list[str],
) -> None:
    def fail(openid: str) -> Follower:
        raise error

    client.post(URL, **pushed(followed(now), now=now))
    monkeypatch.setattr(official, "find_follower", fail)
    link_followers(now=now)
    assert [row.openid for row in db_session.scalars(select(OfficialFollower)).all()] == left


@pytest.fixture
def doubtful(db_session: Session, official: RecordingOfficial) -> tuple[Any, Any]:
    """A service message to a follower whose answer was lost."""
    order_channels("service", ["oa_template"])
    template: MessageTemplate = make_spoken_template(topic="service")
    member = make_everywhere(template)
    campaign = make_running(template)
    row = plan(campaign, member, channel="oa_template")
    follower = db_session.scalars(select(OfficialFollower)).one()
    row.state, row.openid, row.dispatched_at, row.awaiting_event = "in_doubt", follower.openid, row.due_at, True
    db_session.flush()
    return campaign, member


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("success", "sent", None),
        ("failed:user block", "failed", "event:failed:user block"),
        ("failed: system failed", "failed", "event:failed: system failed"),
    ],
)
def test_a_doubt_is_settled_by_the_event(  # noqa: PLR0917
    client: FlaskClient,
    db_session: Session,
    doubtful: tuple[Any, Any],
    now: datetime,
    status: str,
    state: str,
    reason: str,
) -> None:
    row = delivery_of(*doubtful)
    event = push_events.official_sent(str(row.openid), msgid=77, at=now.timestamp(), status=status)
    for _ in range(2):
        client.post(URL, **pushed(event, now=now))
    row = delivery_of(*doubtful)
    assert (row.state, row.reason, row.msgid, row.awaiting_event) == (state, reason, 77, False)
    # A second word about the same message is a repeat.
    other = push_events.official_sent(str(row.openid), msgid=77, at=now.timestamp() + 1, status="success")
    client.post(URL, **pushed(other, now=now))
    assert delivery_of(*doubtful).state == state
    assert len(db_session.scalars(select(WeChatEvent)).all()) == 1


def test_another_messages_event_settles_nothing(
    client: FlaskClient, db_session: Session, doubtful: tuple[Any, Any], now: datetime
) -> None:
    row = delivery_of(*doubtful)
    row.msgid = 76
    db_session.flush()
    for openid, msgid in ((str(row.openid), 77), ("oa_other", 76)):
        client.post(URL, **pushed(push_events.official_sent(openid, msgid=msgid, at=now.timestamp()), now=now))
    assert delivery_of(*doubtful).state == "in_doubt"


def test_two_sends_ending_in_the_same_second_are_two_events(
    client: FlaskClient, db_session: Session, official: RecordingOfficial, now: datetime
) -> None:
    for msgid in (1, 2):
        client.post(URL, **pushed(push_events.official_sent(OPENID, msgid=msgid, at=now.timestamp()), now=now))
    assert len(db_session.scalars(select(WeChatEvent)).all()) == 2


def test_the_mini_programs_token_does_not_open_this_door(
    client: FlaskClient, official: RecordingOfficial, now: datetime
) -> None:
    answer = client.post(URL, **pushed(followed(now), now=now, token=parts().config.wechat_push_token))
    assert answer.status_code == 403
