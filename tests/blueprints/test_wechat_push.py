"""WeChat's callbacks over HTTP, signed and encrypted by the sandbox's own code."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.gateways.wechat.push_signature import signature
from app.models import MessageTemplate, WeChatEvent
from app.services import subscription_grants
from app.wiring import parts
from sandbox import push_events, push_request
from sandbox.ids import Ids
from sandbox.settings import PushTarget
from tests.conftest import Clock
from tests.factories.members import make_member
from tests.factories.messages import make_message_template

URL = "/wechat/push"
OPENID = "o_pushed"


@pytest.fixture
def template(db_session: Session, now: datetime) -> MessageTemplate:
    return make_message_template()


def pushed(event: push_events.Event, *, now: datetime, shape: str = "json", **changes: Any) -> dict[str, Any]:
    """What WeChat would post, as the test client's arguments."""
    config = parts().config
    target = PushTarget(
        url="http://x/", token=config.wechat_push_token, aes_key=config.wechat_push_aes_key, format=shape
    )
    settings = {"appid": config.wechat_appid, "ids": Ids("t", 0), "now": now.timestamp(), **changes}
    made = push_request.prepare(event, target, **settings)
    return {
        "query_string": dict(parse_qsl(urlsplit(made.url).query)),
        "data": made.body,
        "content_type": made.content_type,
    }


def popup(template: MessageTemplate, now: datetime) -> push_events.Event:
    return push_events.popup(OPENID, [(template.wechat_template_id, "accept")], at=now.timestamp())


@pytest.mark.parametrize("shape", ["json", "xml"])
def test_an_event_counts_once_and_is_answered_success(
    client: FlaskClient, db_session: Session, template: MessageTemplate, now: datetime, shape: str
) -> None:
    member = make_member(openid=OPENID)
    for _ in range(3):
        answer = client.post(URL, **pushed(popup(template, now), now=now, shape=shape))
        assert (answer.status_code, answer.text, answer.mimetype) == (200, "success", "text/plain")
    assert subscription_grants.remaining(member.id) == {template.id: 1}
    assert db_session.scalar(select(func.count()).select_from(WeChatEvent)) == 1


def test_the_address_is_verified(client: FlaskClient, db_session: Session, now: datetime) -> None:
    stamp = str(int(now.timestamp()))
    query = {
        "timestamp": stamp,
        "nonce": "n1",
        "echostr": "hello123",
        "signature": signature(parts().config.wechat_push_token, stamp, "n1"),
    }
    answer = client.get(URL, query_string=query)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "hello123", "text/plain")
    refused = client.get(URL, query_string={**query, "nonce": "n2"})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "push_refused")


def test_forged_stale_and_garbled_pushes_are_refused(
    client: FlaskClient, db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    now = standing_clock.now
    good = pushed(popup(template, now), now=now)
    forged = {**good, "query_string": {**good["query_string"], "signature": "0" * 40}}
    garbled = {**good, "data": good["data"][:-20] + b"A" * 20}
    nothing = {"query_string": {}, "data": b""}
    for attempt in (forged, garbled, nothing):
        assert client.post(URL, **attempt).status_code == 403
    standing_clock.move(minutes=6)
    assert client.post(URL, **good).status_code == 403
    assert db_session.scalar(select(func.count()).select_from(WeChatEvent)) == 0


def test_a_genuine_event_nobody_knows_is_taken(client: FlaskClient, db_session: Session, now: datetime) -> None:
    strange = push_events.sent(OPENID, "TPL_UNKNOWN", msgid=1, at=now.timestamp())
    assert client.post(URL, **pushed(strange, now=now)).text == "success"
