"""Texts of a template on other channels, checked when they are written."""

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEntry, MessageTemplate
from app.services import delivery_sheets, programmes
from app.wiring import parts
from tests.factories.messages import make_campaign, make_message_template
from tests.factories.staff import make_staff, sign_in

LETTER = {"subject": "{shop}：{thing1}", "body": "{nickname}，您好：\n{thing1}，{date2}。"}
SMS = {"external_template_id": "SMS_1", "fields": {"what": "{thing1}", "when": "{date}"}}
OFFICIAL = {"external_template_id": "OA_1", "fields": {"thing1": "{thing1}", "time2": "{date}"}}


@pytest.fixture
def template(db_session: Session, now: datetime) -> MessageTemplate:
    return make_message_template()


@pytest.fixture
def url(template: MessageTemplate) -> str:
    return f"/api/console/v1/message-templates/{template.public_id}"


def test_written_read_and_taken_away(client: FlaskClient, db_session: Session, url: str) -> None:
    me = sign_in(make_staff("marketer"))
    assert client.put(f"{url}/letter", json=LETTER, headers=me).get_json()["subject"] == LETTER["subject"]
    for channel, text in (("sms", SMS), ("oa_template", OFFICIAL), ("sms", SMS)):
        answer = client.put(f"{url}/channels/{channel}", json=text, headers=me)
        assert (answer.status_code, answer.get_json()["fields"]) == (200, text["fields"])
    listed = client.get(f"{url}/channels", headers=me).get_json()["data"]
    assert [row["channel"] for row in listed] == ["email", "oa_template", "sms"]
    left = client.delete(f"{url}/channels/email", headers=me).get_json()["data"]
    assert [row["channel"] for row in left] == ["oa_template", "sms"]
    assert client.delete(f"{url}/channels/email", headers=me).status_code == 404
    query = select(AuditEntry.action).where(AuditEntry.action.like("message_template.%_text")).order_by(AuditEntry.id)
    assert db_session.scalars(query).all() == ["message_template.write_text"] * 4 + ["message_template.remove_text"]


@pytest.mark.parametrize(
    ("path", "body", "problems"),
    [
        ("letter", {**LETTER, "subject": "{thing9}"}, {"subject": "unknown_placeholder"}),
        ("letter", {**LETTER, "body": "{nickname"}, {"body": "unknown_placeholder"}),
        ("channels/sms", {**SMS, "fields": {"what": "{nobody}"}}, {"what": "unknown_placeholder"}),
        ("channels/sms", {**SMS, "fields": {"_x": "a"}}, {"_x": "unknown_type"}),
        ("channels/oa_template", {**OFFICIAL, "fields": {"what": "{thing1}"}}, {"what": "unknown_type"}),
        (
            "channels/oa_template",
            {**OFFICIAL, "fields": {"time2": "明天", "amount3": "{nickname}", "thing1": "{nickname}"}},
            {"time2": "too_long_or_wrong_type", "amount3": "too_long_or_wrong_type"},
        ),
    ],
)
def test_mistakes_are_shown_to_their_author(
    client: FlaskClient, url: str, path: str, body: dict[str, Any], problems: dict[str, str]
) -> None:
    answer = client.put(f"{url}/{path}", json=body, headers=sign_in(make_staff("marketer")))
    assert (answer.status_code, answer.get_json()["error"]["data"]) == (422, {"fields": problems})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("letter", {**LETTER, "subject": "x" * 71}),
        ("letter", {**LETTER, "subject": "hi\r\nBcc: all@example.com"}),
        ("letter", {**LETTER, "body": "\x00"}),
        ("letter", {**LETTER, "html": "<b>"}),
        ("channels/sms", {**SMS, "fields": {}}),
        ("channels/sms", {**SMS, "external_template_id": "a b"}),
    ],
)
def test_what_has_the_wrong_shape(client: FlaskClient, url: str, path: str, body: dict[str, Any]) -> None:
    assert client.put(f"{url}/{path}", json=body, headers=sign_in(make_staff("marketer"))).status_code == 422


@pytest.mark.parametrize("channel", ["email", "subscribe", "pigeon"])
def test_only_what_others_hold_is_named(client: FlaskClient, url: str, channel: str) -> None:
    assert client.put(f"{url}/channels/{channel}", json=SMS, headers=sign_in(make_staff("marketer"))).status_code == 404


def test_each_channel_has_a_pace_of_its_own(
    client: FlaskClient, db_session: Session, template: MessageTemplate
) -> None:
    campaign = make_campaign(template, sends_per_second=7)
    app_id = parts().config.wechat_appid

    def rates(channel: str) -> dict[str, float]:
        return delivery_sheets.get(campaign.id, app_id=app_id, oa_app_id="wxoa").rates(channel)

    own = {f"campaign:{campaign.id}": 7}
    assert rates("subscribe") == {f"app:{app_id}": 20} | own
    assert rates("oa_template") == {"oa:wxoa": 20} | own
    answer = client.patch(
        "/api/console/v1/programme", json={"channel_rates": {"sms": 3}}, headers=sign_in(make_staff("admin"))
    )
    assert (answer.status_code, answer.get_json()["channel_rates"]) == (200, {"sms": 3})
    assert programmes.get().channel_rates == {"sms": 3}
    assert (rates("sms"), rates("email")) == ({"sms": 3} | own, {"email": 10} | own)
    for wrong in ({"pigeon": 3}, {"sms": 0}, {"sms": 1001}, {"subscribe": 5}):
        refused = client.patch(
            "/api/console/v1/programme", json={"channel_rates": wrong}, headers=sign_in(make_staff("admin"))
        )
        assert refused.status_code == 422
