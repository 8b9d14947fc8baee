"""Partner keys at the console: the secret is told once, a replacement ends the old one, everything leaves an audit row."""

from datetime import datetime
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import AuditEntry
from tests.factories import staff
from tests.factories.partners import PARTNER, Signer
from tests.factories.staff import make_staff, make_store

CONSOLE = "/api/console/v1"
ORDER = f"{PARTNER}/purchases?order_no=A-1"


@pytest.fixture
def admin(app: APIFlask, now: datetime) -> dict[str, str]:
    """An admin's headers."""
    return staff.sign_in(make_staff("admin"))


def make(client: FlaskClient, admin: dict[str, str], **changes: Any) -> Any:
    body = {"name": "天猫旗舰店", "channel": "tmall", **changes}
    return client.post(f"{CONSOLE}/partner-keys", headers=admin, json=body)


def signer(answer: Any) -> Signer:
    return Signer(answer.json["key_id"], answer.json["secret"], answer.json["id"])


def works(client: FlaskClient, key: Signer) -> bool:
    return bool(client.get(ORDER, headers=key.headers("GET", ORDER)).status_code == 404)


def test_a_new_key_works_and_its_secret_is_told_once(
    client: FlaskClient, admin: dict[str, str], db_session: Session
) -> None:
    store = make_store(name="南京路店")
    made = make(client, admin, store_id=str(store.public_id))
    assert made.status_code == 201
    assert (made.json["channel"], made.json["store_name"], made.json["revoked_at"]) == ("tmall", "南京路店", None)
    assert works(client, signer(made))
    listed = client.get(f"{CONSOLE}/partner-keys", headers=admin)
    assert [row["key_id"] for row in listed.json["data"]] == [made.json["key_id"]]
    assert made.json["secret"] not in listed.text
    kept = db_session.execute(text("SELECT t::text FROM partner_key t UNION ALL SELECT t::text FROM audit_entry t"))
    assert all(made.json["secret"] not in row for (row,) in kept)


def test_a_replacement_ends_the_old_key(client: FlaskClient, admin: dict[str, str], db_session: Session) -> None:
    old = make(client, admin)
    new = client.post(f"{CONSOLE}/partner-keys/{old.json['id']}/rotation", headers=admin)
    assert new.status_code == 201
    assert (new.json["channel"], new.json["name"]) == (old.json["channel"], old.json["name"])
    assert new.json["secret"] != old.json["secret"]
    assert (works(client, signer(old)), works(client, signer(new))) == (False, True)
    again = client.post(f"{CONSOLE}/partner-keys/{old.json['id']}/rotation", headers=admin)
    assert (again.status_code, again.json["error"]["code"]) == (409, "conflict")
    actions = db_session.scalars(select(AuditEntry.action).where(AuditEntry.object_kind == "partner_key")).all()
    assert sorted(actions) == ["partner_key.create", "partner_key.rotate"]


def test_a_revocation_acts_at_once_and_is_told_once(
    client: FlaskClient, admin: dict[str, str], db_session: Session
) -> None:
    made = make(client, admin)
    address = f"{CONSOLE}/partner-keys/{made.json['id']}/revocation"
    first, second = client.post(address, headers=admin), client.post(address, headers=admin)
    assert first.json["revoked_at"] == second.json["revoked_at"] is not None
    assert not works(client, signer(made))
    revoked = select(AuditEntry).where(AuditEntry.action == "partner_key.revoke")
    assert len(db_session.scalars(revoked).all()) == 1
    unknown = f"{CONSOLE}/partner-keys/{made.json['id'][:-4]}0000/revocation"
    assert client.post(unknown, headers=admin).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "store"},
        {"channel": "store:1"},
        {"channel": "T"},
        {"channel": "天猫"},
        {"channel": ""},
        {"name": ""},
        {"store_id": "1"},
        {"secret": "mine"},
    ],
    ids=str,
)
def test_odd_keys_are_refused(client: FlaskClient, admin: dict[str, str], changes: dict[str, Any]) -> None:
    assert make(client, admin, **changes).status_code == 422


def test_an_unknown_store_is_refused(client: FlaskClient, admin: dict[str, str]) -> None:
    assert make(client, admin, store_id="01939f5c-0000-7000-8000-000000000000").status_code == 404
