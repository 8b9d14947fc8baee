"""My preference centre and what I am asked for, over HTTP."""

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import Member
from app.services import subscription_scenes
from tests.factories.members import make_member, sign_in
from tests.factories.messages import delivery_of, make_message_template, make_reachable, make_running

ROOT = "/api/mini/v1"
URL = f"{ROOT}/message-preferences"
OFF = {"topic": "promotion", "channel": "subscribe", "is_on": False}


def rows(answer: Any) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return {row["topic"]: row for row in answer.get_json()["data"]}


def put(client: FlaskClient, member: Member, body: dict[str, Any]) -> Any:
    return client.put(URL, json=body, headers=sign_in(member))


def test_switching_off_and_on_again(client: FlaskClient, db_session: Session, now: datetime) -> None:
    template = make_message_template()
    member = make_reachable(template)
    campaign = make_running(template)
    shown = client.get(URL, headers=sign_in(member)).get_json()
    assert shown["marketing"]["granted"] is True
    assert [row["topic"] for row in shown["data"]] == ["birthday", "coupon", "points", "promotion", "service", "tier"]
    off = rows(put(client, member, {"switches": [OFF]}))
    assert off["promotion"]["channels"] == [
        {
            "channel": "subscribe",
            "is_on": False,
            "locked_by": None,
            "changed_by": "member",
            "changed_at": "2026-11-20T02:00:00.000+00:00",
        }
    ]
    assert off["service"]["channels"][0]["locked_by"] == "required"
    assert delivery_of(campaign, member).reason == "switched_off"
    on = rows(put(client, member, {"switches": [{**OFF, "is_on": True}]}))
    assert on["promotion"]["channels"][0]["is_on"] is True


def test_all_marketing_goes_off_in_one_call_and_as_easily_on(
    client: FlaskClient, db_session: Session, now: datetime
) -> None:
    member = make_member(marketing=True)
    off = put(client, member, {"marketing": {"granted": False, "document_version": "2020-01"}})
    assert off.get_json()["marketing"]["granted"] is False
    locks = {topic: row["channels"][0]["locked_by"] for topic, row in rows(off).items()}
    assert locks == {
        "birthday": "no_marketing_consent",
        "promotion": "no_marketing_consent",
        "coupon": None,
        "points": None,
        "service": "required",
        "tier": None,
    }
    on = put(client, member, {"marketing": {"granted": True, "document_version": "2026-11"}})
    assert on.get_json()["marketing"]["granted"] is True


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"switches": [{**OFF, "topic": "service"}]}, (422, "topic_required")),
        ({"switches": [{**OFF, "channel": "email"}]}, (422, "channel_unknown")),
        ({"switches": [{**OFF, "topic": "weather"}]}, (404, "not_found")),
        ({"switches": [{**OFF, "channel": "pigeon"}]}, (422, "invalid_input")),
        ({"switches": [{**OFF, "is_on": "no"}]}, (422, "invalid_input")),
        ({"switches": [OFF] * 101}, (422, "invalid_input")),
        ({"marketing": {"granted": True, "document_version": "2020-01"}}, (422, "consent_missing")),
    ],
)
def test_refused_and_nothing_of_it_done(
    client: FlaskClient, db_session: Session, now: datetime, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    member = make_member()
    answer = put(client, member, {"switches": [{**OFF, "topic": "birthday"}], **body})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == refusal
    assert rows(client.get(URL, headers=sign_in(member)))["birthday"]["channels"][0]["is_on"] is True


def test_what_to_ask_for_at_a_scene(client: FlaskClient, db_session: Session, now: datetime) -> None:
    templates = [make_message_template(topic=topic) for topic in ("birthday", "promotion", "service", "coupon")]
    weights = {template.public_id: 10 for template in templates}
    subscription_scenes.put("home", weights, actor=Actor.system(), now=now)
    member = make_reachable(templates[0])
    told = client.get(f"{ROOT}/subscription-offers?scene=home", headers=sign_in(member)).get_json()
    assert told["scene"] == "home"
    assert [row["wechat_template_id"] for row in told["data"]] == [one.wechat_template_id for one in templates[1:]]
    assert told["data"][0] == {
        "wechat_template_id": templates[1].wechat_template_id,
        "title": "优惠活动通知",
        "topic": "promotion",
        "topic_name": "优惠活动",
        "topic_name_en": "Promotions",
        "remaining": 0,
        "reason": "running_low",
        "needed_on": None,
    }
    for query in ("", "?scene=", "?scene=Home", "?scene=a&more=1"):
        answer = client.get(f"{ROOT}/subscription-offers{query}", headers=sign_in(member))
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "invalid_input")
