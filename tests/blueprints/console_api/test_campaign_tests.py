"""Test sends over HTTP: to colleagues with a membership of their own, once per key."""

import uuid
from datetime import datetime

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models import AuditEntry, Campaign
from tests.factories.members import make_member
from tests.factories.messages import make_campaign
from tests.factories.staff import make_staff, sign_in

ROOT = "/api/console/v1"


def test_a_test_is_sent_once_listed_and_written_down(client: FlaskClient, db_session: Session, now: datetime) -> None:
    person = make_staff("marketer")
    person.member_id = make_member(marketing=True).id
    headers = sign_in(person)
    url = f"{ROOT}/campaigns/{make_campaign().public_id}/test-sends"
    assert client.get(url, headers=headers).get_json() == {"data": []}
    body = {"staff_ids": [str(person.public_id)]}
    keyed = {**headers, "Idempotency-Key": str(uuid.uuid4())}
    first, second = (client.post(url, json=body, headers=keyed) for _ in range(2))
    assert (first.status_code, second.status_code, first.get_json()) == (201, 201, second.get_json())
    [told] = first.get_json()["recipients"]
    assert (told["staff_id"], told["state"], told["variant"]) == (str(person.public_id), "planned", None)
    assert client.get(url, headers=headers).get_json() == {"data": [first.get_json()]}
    assert db_session.query(Campaign).filter_by(kind="test").count() == 1
    assert db_session.query(AuditEntry).filter_by(action="campaign.test").count() == 1


def test_refusals_name_the_people(client: FlaskClient, db_session: Session, now: datetime) -> None:
    person = make_staff("marketer")
    headers = {**sign_in(person), "Idempotency-Key": str(uuid.uuid4())}
    url = f"{ROOT}/campaigns/{make_campaign().public_id}/test-sends"
    refused = client.post(url, json={"staff_ids": [str(person.public_id)]}, headers=headers)
    error = refused.get_json()["error"]
    assert (refused.status_code, error["code"]) == (422, "recipients_invalid")
    assert error["data"]["staff"] == {str(person.public_id): "no_membership_linked"}
