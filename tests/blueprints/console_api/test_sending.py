"""The state of sending over HTTP: read by everybody at the console, decided by a manager."""

from datetime import datetime

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.services import send_breakers
from tests.factories.messages import make_message_template
from tests.factories.staff import make_staff, sign_in

URL = "/api/console/v1/sending"


def test_a_stopped_template_is_seen_and_closed(client: FlaskClient, db_session: Session, now: datetime) -> None:
    template = make_message_template()
    send_breakers.open_now("template", str(template.id), errcode=40037, reason="template_invalid", now=now)
    manager, marketer = sign_in(make_staff("manager")), sign_in(make_staff("marketer"))
    told = client.get(URL, headers=marketer).get_json()
    [breaker] = told["breakers"]
    assert (breaker["scope"], breaker["message_template_id"], breaker["errcode"]) == (
        "template",
        str(template.public_id),
        40037,
    )
    assert (breaker["account"], told["accounts"], told["quotas"]) == (None, [], [])
    body = {"message_template_id": str(template.public_id), "step": "close"}
    assert client.post(f"{URL}/templates", json=body, headers=marketer).status_code == 403
    assert client.post(f"{URL}/templates", json=body, headers=manager).get_json()["breakers"] == []
    again = client.post(f"{URL}/templates", json=body, headers=manager)
    assert (again.status_code, again.get_json()["error"]["code"]) == (404, "not_found")
