"""The partner door: who may come in, and that a refusal leaves nothing behind."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.extensions import db
from app.models import PartnerKey
from app.services import partner_keys
from app.wiring import parts
from jobs.purge_old import purge_old
from tests.conftest import Clock
from tests.factories.partners import PARTNER, Signer, make_key
from tests.factories.staff import make_store

ORDER = f"{PARTNER}/purchases?order_no=A-1"


@pytest.fixture
def till(app: APIFlask, now: datetime) -> Signer:
    """A system with a key."""
    return make_key()


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def get(client: FlaskClient, headers: dict[str, str], target: str = ORDER, **more: Any) -> Any:
    return client.get(target, headers=headers, **more)


@pytest.fixture
def nothing_happens(till: Signer, db_session: Session) -> Iterator[None]:
    """No row of any table changes, but for the counter of wrong signatures."""
    db_session.commit()
    before = _rows(db_session)
    yield
    db_session.rollback()
    assert _rows(db_session) == before


def _rows(session: Session) -> dict[str, str]:
    names = [name for name in db.metadata.tables if name != "attempt_counter"]
    query = "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
    return {name: str(session.scalar(text(query.format(name)))) for name in names}


def test_a_signed_request_comes_in(client: FlaskClient, till: Signer) -> None:
    assert code(get(client, till.headers("GET", ORDER))) == (404, "not_found")


WRONG: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "no header": lambda _: {},
    "no key": lambda headers: {**headers, "Huitou-Key": ""},
    "no signature": lambda headers: {k: v for k, v in headers.items() if k != "Huitou-Signature"},
    "no nonce": lambda headers: {k: v for k, v in headers.items() if k != "Huitou-Nonce"},
    "no time": lambda headers: {k: v for k, v in headers.items() if k != "Huitou-Timestamp"},
    "unknown key": lambda headers: {**headers, "Huitou-Key": "pk_000000000000000000000000"},
    "odd key": lambda headers: {**headers, "Huitou-Key": "' OR 1=1 --"},
    "wrong signature": lambda headers: {**headers, "Huitou-Signature": "0" * 64},
    "upper case": lambda headers: {**headers, "Huitou-Signature": headers["Huitou-Signature"].upper()},
    "other time": lambda headers: {**headers, "Huitou-Timestamp": str(int(headers["Huitou-Timestamp"]) + 1)},
    "other nonce": lambda headers: {**headers, "Huitou-Nonce": "x" * 16},
    "a long number": lambda headers: {**headers, "Huitou-Timestamp": "9" * 400},
    "a bearer": lambda headers: {"Authorization": "Bearer " + headers["Huitou-Signature"]},
}


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize("wrong", WRONG)
def test_an_odd_request_gets_the_one_answer(client: FlaskClient, till: Signer, wrong: str) -> None:
    answer = get(client, WRONG[wrong](till.headers("GET", ORDER)))
    assert code(answer) == (401, "signature_invalid")
    assert answer.json["error"]["data"] == {}
    assert answer.headers["WWW-Authenticate"] == "Huitou-HMAC-SHA256"


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", f"{PARTNER}/purchases?order_no=A-2"), ("GET", f"{PARTNER}/purchases"), ("HEAD", ORDER)],
)
def test_a_signature_is_for_one_request(client: FlaskClient, till: Signer, method: str, target: str) -> None:
    answer = client.open(target, method=method, headers=till.headers("GET", ORDER))
    assert answer.status_code == 401


@pytest.mark.usefixtures("nothing_happens")
def test_another_systems_secret_opens_nothing(client: FlaskClient, till: Signer) -> None:
    mixed = Signer(till.key_id, make_key().secret)
    db.session.rollback()
    assert code(get(client, mixed.headers("GET", ORDER))) == (401, "signature_invalid")


def test_a_changed_body_is_refused_before_it_is_read(client: FlaskClient, till: Signer) -> None:
    headers = till.headers("POST", f"{PARTNER}/purchases", b'{"order_no": "A-1"}')
    for body in (b'{"order_no": "A-2"}', b"{not json", b""):
        answer = client.post(f"{PARTNER}/purchases", headers=headers, data=body, content_type="application/json")
        assert code(answer) == (401, "signature_invalid")


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize("seconds", [301, -301, 86_400, -(10**9)])
def test_a_stale_request_is_refused(client: FlaskClient, till: Signer, standing_clock: Clock, seconds: int) -> None:
    headers = till.headers("GET", ORDER)
    standing_clock.move(seconds=seconds)
    answer = get(client, headers)
    assert code(answer) == (401, "signature_stale")
    assert answer.json["error"]["data"]["allowed_seconds"] == 300


def test_five_minutes_to_either_side_are_forgiven(client: FlaskClient, till: Signer, standing_clock: Clock) -> None:
    early, late = till.headers("GET", ORDER), till.headers("GET", ORDER)
    standing_clock.move(seconds=300)
    assert get(client, late).status_code == 404
    standing_clock.move(seconds=-600)
    assert get(client, early).status_code == 404


def test_a_nonce_works_once_for_its_key(client: FlaskClient, till: Signer, db_session: Session) -> None:
    nonce = "0123456789abcdef"
    headers = till.headers("GET", ORDER, nonce=nonce)
    assert get(client, headers).status_code == 404
    before = _rows(db_session)
    assert [code(get(client, headers)) for _ in range(2)] == [(401, "nonce_reused")] * 2
    other_request = till.headers("GET", f"{ORDER}2", nonce=nonce)
    assert code(get(client, other_request, f"{ORDER}2")) == (401, "nonce_reused")
    db_session.rollback()
    assert _rows(db_session) == before
    # Another system may have drawn the same one.
    assert get(client, make_key().headers("GET", ORDER, nonce=nonce)).status_code == 404


def test_nonces_are_kept_longer_than_signatures_live(client: FlaskClient, till: Signer, standing_clock: Clock) -> None:
    headers = till.headers("GET", ORDER, now=standing_clock.now.replace(minute=4, second=59))
    assert get(client, headers).status_code == 404
    # The last second of this signature's life: its nonce must still be there.
    standing_clock.move(seconds=599)
    assert purge_old(now=standing_clock.now)["partner_nonces"] == 0
    assert code(get(client, headers)) == (401, "nonce_reused")
    standing_clock.move(hours=2)
    assert [purge_old(now=standing_clock.now)["partner_nonces"] for _ in range(2)] == [1, 0]
    assert code(get(client, headers)) == (401, "signature_stale")


def test_a_revoked_key_ends_at_once(client: FlaskClient, till: Signer, now: datetime) -> None:
    assert get(client, till.headers("GET", ORDER)).status_code == 404
    partner_keys.revoke(till.public_id, actor=Actor.system(), now=now)
    assert code(get(client, till.headers("GET", ORDER))) == (401, "signature_invalid")


def test_a_closed_stores_key_ends_at_once(client: FlaskClient, now: datetime) -> None:
    store = make_store()
    till = make_key(store=store)
    assert get(client, till.headers("GET", ORDER)).status_code == 404
    store.is_active = False
    assert code(get(client, till.headers("GET", ORDER))) == (401, "signature_invalid")


def test_hammering_is_slowed_and_never_shuts_an_honest_system_out(client: FlaskClient, till: Signer) -> None:
    wrong = {**till.headers("GET", ORDER), "Huitou-Signature": "0" * 64}
    codes = [code(get(client, wrong))[1] for _ in range(61)]
    assert codes == ["signature_invalid"] * 60 + ["too_many"]
    assert get(client, till.headers("GET", ORDER)).status_code == 404
    elsewhere = get(client, wrong, environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert code(elsewhere) == (401, "signature_invalid")


def test_the_body_limit_holds_here_too(client: FlaskClient, till: Signer) -> None:
    body = b'{"order_no": "' + b"x" * 70_000 + b'"}'
    headers = till.headers("POST", f"{PARTNER}/purchases", body)
    answer = client.post(f"{PARTNER}/purchases", headers=headers, data=body, content_type="application/json")
    assert code(answer) == (413, "body_too_large")


def test_the_secret_is_sealed_and_bound_to_its_key(till: Signer, db_session: Session) -> None:
    keys = {key.key_id: key for key in db_session.query(PartnerKey)}
    assert till.secret.encode() not in keys[till.key_id].secret_cipher
    other = make_key()
    holder, stranger = partner_keys.find(till.key_id), partner_keys.find(other.key_id)
    assert holder is not None
    assert stranger is not None
    assert partner_keys.secret_of(holder, vault=parts().vault) == till.secret
    swapped = partner_keys.KeyHolder(holder.principal, stranger.secret_cipher)
    with pytest.raises(Exception, match="secret_unreadable"):
        partner_keys.secret_of(swapped, vault=parts().vault)


def test_nothing_secret_is_logged(client: FlaskClient, till: Signer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        headers = till.headers("GET", ORDER)
        get(client, headers)
        get(client, {**headers, "Huitou-Signature": "0" * 64})
    for secret in (till.secret, headers["Huitou-Signature"], headers["Huitou-Nonce"], "A-1"):
        assert secret not in caplog.text
