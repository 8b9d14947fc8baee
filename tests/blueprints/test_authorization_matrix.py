"""Who may call what: every endpoint, every method, every kind of caller, over HTTP. What is not declared is refused."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from app.actor import Actor
from app.extensions import db
from app.models import MemberSession
from app.services import partner_keys, sessions
from blueprints.identity import STAFF_ROLES
from blueprints.pages.page_session import is_page
from tests.blueprints.expected_roles import ANYONE, EXPECTED, MEMBER, PARTNER, STAFF, WECHAT
from tests.factories import members, partners, staff
from tests.factories.coupons import give_coupon
from tests.factories.members import make_member
from tests.factories.partners import Signer
from tests.factories.staff import make_staff, make_store

# What a caller sends with every request; a partner's system signs each one.
Headers = dict[str, str] | Signer

# Files with names of their own.
FILES = {
    "docs.asset": {"name": "swagger-ui.css"},
    "assets.file": {"name": "pages.css"},
    "bootstrap.static": {"filename": "css/bootstrap.min.css"},
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
# What a caller without a valid session is told, and one with the wrong role.
NOBODY, WRONG_ROLE = 401, 403


@pytest.fixture
def callers(app: APIFlask, now: datetime) -> dict[str, Headers]:
    """Headers of each kind of caller; the staff are signed in at a counter, so that only their role decides."""
    store, closed = make_store(), make_store()
    found: dict[str, Headers] = {
        "anonymous": {},
        "nonsense": {"Authorization": "Bearer " + "A" * 43},
        "member": members.sign_in(make_member()),
        "expired member": members.sign_in(make_member(), now=now - timedelta(days=30)),
        "expired staff": staff.sign_in(make_staff("admin", at=[store]), store=store, now=now - timedelta(hours=12)),
        "of a closed store": staff.sign_in(make_staff("manager", at=[closed]), store=closed),
        "partner": partners.make_key(store=store),
        "partner of a closed store": partners.make_key(store=closed),
        "revoked partner": (revoked := partners.make_key()),
    }
    for role in STAFF_ROLES:
        found[role] = staff.sign_in(make_staff(role, at=[store]), store=store)
    partner_keys.revoke(revoked.public_id, actor=Actor.system(), now=now)
    disabled, signed_out = make_staff("admin", at=[store]), make_staff("admin", at=[store])
    found["disabled"] = staff.sign_in(disabled, store=store)
    found["revoked"] = staff.sign_in(signed_out, store=store)
    disabled.is_active = closed.is_active = False
    sessions.revoke_all_of_staff(signed_out.id, now=now)
    gone = make_member()
    found["revoked member"] = members.sign_in(gone)
    db.session.flush()
    session_id = db.session.scalar(select(MemberSession.id).where(MemberSession.member_id == gone.id))
    assert session_id is not None
    sessions.revoke_member_session(session_id, now=now)
    db.session.commit()
    return found


def operations(app: APIFlask) -> list[Rule]:
    """Everything but the pages, which are opened by a cookie: pages/test_page_roles.py."""
    return [rule for rule in app.url_map.iter_rules() if not is_page(rule.rule)]


def _status(client: FlaskClient, rule: Rule, method: str, headers: Headers) -> int:
    """The answer's status; whatever the request did is undone."""
    values: dict[str, Any] = {name: uuid.UUID(int=7) for name in rule.arguments}
    values.update(FILES.get(rule.endpoint, {}))
    built = rule.build(values, append_unknown=False)
    assert built is not None
    sends = method in ("POST", "PUT", "PATCH", "DELETE")
    body: dict[str, Any] = {"data": b"{}", "content_type": "application/json"} if sends else {}
    if isinstance(headers, Signer):
        headers = headers.headers(method, built[1], b"{}" if sends else b"")
    undo = db._app_engines[client.application][None].begin_nested()  # type: ignore[attr-defined]
    try:
        with client.open(built[1], method=method, headers={**headers, "Idempotency-Key": "k"}, **body) as response:
            status: int = response.status_code
    finally:
        db.session.remove()
        undo.rollback()
    return status


def _refusal(endpoint: str, caller: str) -> int | None:
    """What the caller is told; None for one who is let in."""
    roles = EXPECTED[endpoint]
    if roles == ANYONE or caller in roles:
        return None
    if roles == WECHAT:
        return WRONG_ROLE
    known = {"mini": MEMBER, "partner": PARTNER}.get(endpoint.partition(".")[0], STAFF)
    return WRONG_ROLE if caller in known else NOBODY


def test_every_endpoint_has_a_line(app: APIFlask) -> None:
    assert {rule.endpoint for rule in operations(app)} == set(EXPECTED)
    undeclared = [name for name, view in app.view_functions.items() if not getattr(view, "_allowed", None)]
    assert undeclared == []


def test_every_caller_at_every_endpoint(app: APIFlask, client: FlaskClient, callers: dict[str, Headers]) -> None:
    wrong = []
    cells = 0
    for rule in operations(app):
        for method in sorted(rule.methods or ()):
            for caller, headers in callers.items():
                status, refusal = _status(client, rule, method, headers), _refusal(rule.endpoint, caller)
                cells += 1
                if not (status == refusal if refusal else status < 500 and status not in (401, 403, 405)):
                    wrong.append(f"{method} {rule.rule} by {caller}: {status}")
    assert wrong == []
    assert cells > 1500


def test_no_other_method_does_anything(app: APIFlask, client: FlaskClient, callers: dict[str, Headers]) -> None:
    wrong = []
    for rule in operations(app):
        for method in METHODS:
            if not _is_taken(app, rule, method):
                # Refused before anybody is asked who they are: the mightiest caller stands for all.
                caller = "member" if rule.endpoint.startswith("mini.") else "admin"
                status = _status(client, rule, method, callers[caller])
                if status != 405:
                    wrong.append(f"{method} {rule.rule}: {status}")
    assert wrong == []


def _is_taken(app: APIFlask, rule: Rule, method: str) -> bool:
    return any(other.rule == rule.rule and method in (other.methods or ()) for other in app.url_map.iter_rules())


SHUT = [
    ("mini.me.show", "/api/mini/v1/me", "member"),
    ("store.redemptions.list_of_day", "/api/store/v1/redemptions", "clerk"),
    ("console.programme.programme", "/api/console/v1/programme", "admin"),
]


@pytest.mark.parametrize("case", SHUT, ids=lambda case: case[0])
def test_a_view_without_a_role_is_shut(
    client: FlaskClient, callers: dict[str, Headers], monkeypatch: pytest.MonkeyPatch, case: tuple[str, str, str]
) -> None:
    endpoint, path, caller = case
    assert client.get(path, headers=callers[caller]).status_code == 200
    monkeypatch.delattr(client.application.view_functions[endpoint], "_allowed")
    assert client.get(path, headers=callers[caller]).status_code == 403


@pytest.mark.parametrize(
    "value",
    ["Basic {}", "{}", "Bearer  {}", "Bearer {}x", "Bearer {} {}", "Bearer\t{}", "Token {}", "Bearer", "Bearer \u00e9"],
)
def test_only_the_very_token_opens(client: FlaskClient, callers: dict[str, Headers], value: str) -> None:
    token = callers["member"]["Authorization"].removeprefix("Bearer ")
    assert client.get("/api/mini/v1/me", headers={"Authorization": f"bearer {token}"}).status_code == 200
    wrong = value.replace("{}", token)
    assert client.get("/api/mini/v1/me", headers={"Authorization": wrong}).status_code == 401
    assert client.get(f"/api/mini/v1/me?token={token}").status_code in (401, 422)
    client.set_cookie("session", token)
    assert client.get("/api/mini/v1/me").status_code == 401


def test_a_role_taken_away_acts_at_once(client: FlaskClient, now: datetime) -> None:
    person = make_staff("admin")
    headers = staff.sign_in(person)
    assert client.get("/api/console/v1/audit-entries", headers=headers).status_code == 200
    person.role = "marketer"
    db.session.commit()
    assert client.get("/api/console/v1/audit-entries", headers=headers).status_code == 403
    person.is_active = False
    db.session.commit()
    assert client.get("/api/console/v1/audit-entries", headers=headers).status_code == 401


def test_a_console_session_does_not_open_a_counter(client: FlaskClient, now: datetime) -> None:
    store = make_store()
    headers = staff.sign_in(make_staff("manager", at=[store]), store=None)
    assert client.get("/api/store/v1/redemptions", headers=headers).status_code == 403


def test_somebody_elses_coupon_looks_like_none(client: FlaskClient, now: datetime) -> None:
    held = give_coupon(make_member())
    headers = members.sign_in(make_member())
    answers = [
        client.get(f"/api/mini/v1/coupons/{public_id}", headers={**headers, "X-Request-Id": "same"})
        for public_id in (held.public_id, uuid.uuid4())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
