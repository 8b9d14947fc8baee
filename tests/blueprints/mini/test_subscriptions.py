"""Which messages to ask for, and what the client reports."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models import MessageTemplate
from tests.factories.members import make_member, sign_in
from tests.factories.messages import accept, make_message_template

ROOT = "/api/mini/v1"


@pytest.fixture
def templates(db_session: Session, now: datetime) -> list[MessageTemplate]:
    return [make_message_template(topic=topic) for topic in ("birthday", "promotion", "service")]


def test_the_scarcest_first_and_disabled_ones_not(
    client: FlaskClient, db_session: Session, templates: list[MessageTemplate]
) -> None:
    member = make_member()
    accept(member, templates[0], times=2)
    templates[2].is_enabled = False
    db_session.flush()
    offered = client.get(f"{ROOT}/message-templates", headers=sign_in(member)).get_json()["data"]
    assert [(row["wechat_template_id"], row["remaining"]) for row in offered] == [
        (templates[1].wechat_template_id, 0),
        (templates[0].wechat_template_id, 2),
    ]


def test_a_report_counts_accepts_once(
    client: FlaskClient, db_session: Session, templates: list[MessageTemplate]
) -> None:
    headers = sign_in(make_member())
    ids = [template.wechat_template_id for template in templates]
    results = [
        {"wechat_template_id": ids[0], "result": "accept"},
        {"wechat_template_id": ids[1], "result": "reject"},
        {"wechat_template_id": "TPL_UNKNOWN", "result": "accept"},
    ]
    for _ in range(2):
        answer = client.post(
            f"{ROOT}/subscription-reports", json={"report_id": "r-1", "results": results}, headers=headers
        )
        assert answer.status_code == 200, answer.text
        left = {row["wechat_template_id"]: row["remaining"] for row in answer.get_json()["data"]}
        assert left == {ids[0]: 1, ids[1]: 0, ids[2]: 0}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"report_id": "r", "results": []},
        {"report_id": "r", "results": [{"wechat_template_id": "T", "result": "maybe"}]},
        {"report_id": "r", "results": [{"wechat_template_id": "T", "result": "accept"}] * 4},
        {"report_id": "r\u0000", "results": [{"wechat_template_id": "T", "result": "accept"}]},
        {"report_id": "r", "results": [{"wechat_template_id": "T", "result": "accept", "more": 1}]},
    ],
)
def test_malformed_reports(client: FlaskClient, db_session: Session, now: datetime, body: dict[str, object]) -> None:
    answer = client.post(f"{ROOT}/subscription-reports", json=body, headers=sign_in(make_member()))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "invalid_input")
