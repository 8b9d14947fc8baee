"""An e-mail address of mine: a letter with a code, five tries, one member per address, masked everywhere."""

import base64
import hashlib
import re
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.gateways.channels import EmailChannel, RecordingMailer, unsubscribe_token
from app.gateways.wechat import SendOutcome
from app.models import AuditEntry, ContactCode, MemberContact, MessagePreference
from app.services import contacts
from app.wiring import parts
from tests.conftest import Clock
from tests.factories.channels import give_email
from tests.factories.members import make_member, sign_in

URL = "/api/mini/v1/me/email"
ADDRESS = "Lin.Yu+shop@Example.com"


@pytest.fixture
def mailer(db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> RecordingMailer:
    """The e-mail channel of this installation; it sends nothing."""
    found = RecordingMailer()
    channel = EmailChannel(found, parts().vault, sender="Shop <news@shop.example>", public_url="https://shop.example")
    monkeypatch.setattr(parts(), "channels", {**parts().channels, "email": channel})
    return found


def read_code(mailer: RecordingMailer) -> str:
    _to, content = mailer.letters[-1]
    plain = next(message_from_bytes(content, policy=default).iter_parts()).get_content()
    found = re.search(r"[0-9]{6}", plain)
    assert found is not None
    return found.group(0)


def test_from_asking_to_forgetting(
    client: FlaskClient, db_session: Session, mailer: RecordingMailer, now: datetime
) -> None:
    member = make_member()
    me = sign_in(member)
    assert client.get(URL, headers=me).get_json() == {"email": None, "verified_at": None, "is_refused": False}
    asked = client.post(f"{URL}/codes", json={"email": ADDRESS}, headers=me)
    assert asked.status_code == 202
    assert asked.get_json()["email"] == "L***@example.com"
    assert mailer.letters[-1][0] == "Lin.Yu+shop@example.com"
    code = read_code(mailer)
    proven = client.post(URL, json={"email_code": code}, headers=me)
    assert proven.get_json()["email"] == "L***@example.com"
    # Used up.
    again = client.post(URL, json={"email_code": code}, headers=me)
    assert (again.status_code, again.get_json()["error"]["data"]) == (422, {"is_gone": True})
    row = db_session.get_one(MemberContact, (member.id, "email"))
    assert b"example" not in bytes(row.value_cipher)
    assert client.delete(URL, headers=me).get_json()["email"] is None
    assert client.delete(URL, headers=me).status_code == 200
    assert db_session.scalar(select(func.count()).select_from(MemberContact)) == 0
    told = db_session.scalars(select(AuditEntry).where(AuditEntry.action.like("member.%email")).order_by(AuditEntry.id))
    assert [(entry.action, entry.details) for entry in told] == [
        ("member.set_email", {"email": "L***@example.com"}),
        ("member.remove_email", {"email": "L***@example.com"}),
    ]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a@b",
        "no-at.example.com",
        "a@@b.com",
        "a b@c.com",
        "a@b..com",
        "a\r\nBcc: x@y.com@z.com",
        "<a@b.com>",
        "a" * 65 + "@b.com",
        "a@1.2.3.4",
    ],
)
def test_what_is_no_address(client: FlaskClient, mailer: RecordingMailer, address: str) -> None:
    answer = client.post(f"{URL}/codes", json={"email": address}, headers=sign_in(make_member()))
    assert (answer.status_code, answer.get_json()["error"]["code"] in ("email_invalid", "invalid_input")) == (422, True)
    assert not mailer.letters


def test_five_tries_and_not_one_more(client: FlaskClient, db_session: Session, mailer: RecordingMailer) -> None:
    me = sign_in(make_member())
    client.post(f"{URL}/codes", json={"email": ADDRESS}, headers=me)
    code = read_code(mailer)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        answer = client.post(URL, json={"email_code": wrong}, headers=me)
        assert (answer.status_code, answer.get_json()["error"]["data"]) == (422, {"is_gone": False})
    late = client.post(URL, json={"email_code": code}, headers=me)
    assert (late.status_code, late.get_json()["error"]["data"]) == (422, {"is_gone": True})


def test_fifteen_minutes_and_the_latest_code(
    client: FlaskClient, mailer: RecordingMailer, standing_clock: Clock
) -> None:
    me = sign_in(make_member())
    codes = []
    for _ in range(2):
        client.post(f"{URL}/codes", json={"email": ADDRESS}, headers=me)
        codes.append(read_code(mailer))
    if codes[0] != codes[1]:
        assert client.post(URL, json={"email_code": codes[0]}, headers=me).status_code == 422
    standing_clock.move(minutes=15)
    assert client.post(URL, json={"email_code": codes[1]}, headers=me).status_code == 422


def test_anothers_code_is_worth_nothing(client: FlaskClient, mailer: RecordingMailer) -> None:
    mine, theirs = sign_in(make_member()), sign_in(make_member())
    client.post(f"{URL}/codes", json={"email": ADDRESS}, headers=mine)
    code = read_code(mailer)
    client.post(f"{URL}/codes", json={"email": "other@example.com"}, headers=theirs)
    if read_code(mailer) != code:
        assert client.post(URL, json={"email_code": code}, headers=theirs).status_code == 422
    assert client.post(URL, json={"email_code": code}, headers=mine).status_code == 200


def test_letters_are_throttled_by_member_and_by_address(client: FlaskClient, mailer: RecordingMailer) -> None:
    me = sign_in(make_member())
    for number in range(5):
        assert client.post(f"{URL}/codes", json={"email": f"a{number}@example.com"}, headers=me).status_code == 202
    assert client.post(f"{URL}/codes", json={"email": "b@example.com"}, headers=me).status_code == 429
    for attempt in range(4):
        answer = client.post(f"{URL}/codes", json={"email": "C@example.com"}, headers=sign_in(make_member()))
        assert answer.status_code == (202 if attempt < 3 else 429)
    assert len(mailer.letters) == 8


def test_an_address_is_one_members(client: FlaskClient, db_session: Session, mailer: RecordingMailer) -> None:
    give_email(make_member(), "lin.yu+SHOP@example.com")
    me = sign_in(make_member())
    # Asking does not tell whose it is.
    assert client.post(f"{URL}/codes", json={"email": ADDRESS}, headers=me).status_code == 202
    answer = client.post(URL, json={"email_code": read_code(mailer)}, headers=me)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "contact_taken")


def test_without_a_channel_or_a_server_it_says_so(
    client: FlaskClient, mailer: RecordingMailer, db_session: Session
) -> None:
    me = sign_in(make_member())
    mailer.programmed.append(SendOutcome(status="failed", reason="login_refused", action="stop_channel", not_sent=True))
    assert client.post(f"{URL}/codes", json={"email": ADDRESS}, headers=me).status_code == 503
    # Nobody knows whether it left: the code may come.
    mailer.programmed.append(SendOutcome(status="unknown", reason="mail_server_silent"))
    assert client.post(f"{URL}/codes", json={"email": ADDRESS}, headers=me).status_code == 202
    parts().channels.pop("email")
    assert client.post(f"{URL}/codes", json={"email": ADDRESS}, headers=me).status_code == 503


def test_one_click_in_a_letter_switches_its_topic_off(client: FlaskClient, db_session: Session) -> None:
    member = make_member()
    token = unsubscribe_token(f"{member.id}:promotion", parts().vault)
    page = client.get(f"/unsubscribe/{token}")
    assert (page.status_code, page.mimetype, "default-src 'none'" in page.headers["Content-Security-Policy"]) == (
        200,
        "text/html",
        True,
    )
    assert ("优惠活动" in page.text, "Promotions" in page.text) == (True, True)
    # The browser applies no style but the one whose hash the policy names.
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.headers["Content-Security-Policy"]
    # Programs that look at links before people do end nothing.
    assert db_session.scalar(select(func.count()).select_from(MessagePreference)) == 0
    for _ in range(2):
        answer = client.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, "已退订" in answer.text) == (200, True)
    row = db_session.scalars(select(MessagePreference)).one()
    assert (row.member_id, row.topic, row.channel, row.is_on, row.changed_by) == (
        member.id,
        "promotion",
        "email",
        False,
        "channel",
    )


def test_made_up_links_end_nothing(client: FlaskClient, db_session: Session) -> None:
    strangers = [
        "x" * 40,
        unsubscribe_token("999999999:promotion", parts().vault),
        unsubscribe_token(f"{make_member().id}:no_topic", parts().vault),
    ]
    for token in strangers:
        assert client.post(f"/unsubscribe/{token}").status_code == 404
    assert client.get(f"/unsubscribe/{strangers[-1]}").status_code == 404
    assert db_session.scalar(select(func.count()).select_from(MessagePreference)) == 0


def test_codes_nobody_came_back_for_are_purged(db_session: Session, now: datetime) -> None:
    from jobs.purge_old import purge_old

    member = make_member()
    contacts.ask(member.id, contacts.seal(ADDRESS, vault=parts().vault), code_hash=b"c" * 32, now=now)
    for days, left in ((1, 1), (2, 0)):
        purge_old(now=now + timedelta(days=days))
        assert db_session.scalar(select(func.count()).select_from(ContactCode)) == left
