"""The console: signing in, stores, staff, looking members up."""

import uuid
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry
from tests.factories import staff as people
from tests.factories.coupons import make_batch
from tests.factories.members import make_counter_member, make_member

CONSOLE = "/api/console/v1"
ROLES = ("clerk", "manager", "marketer", "auditor", "admin")


@pytest.fixture
def admin(app: APIFlask, now: Any) -> dict[str, str]:
    """Headers of a signed-in admin."""
    return people.sign_in(people.make_staff("admin", login="boss"))


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_signing_in_at_the_console(client: FlaskClient, app: APIFlask, now: Any) -> None:
    people.make_staff("marketer", login="mei")
    people.make_staff("clerk", login="lee")
    answer = client.post(f"{CONSOLE}/sessions", json={"login": "mei", "password": people.PASSWORD})
    assert (answer.status_code, answer.json["staff"]["role"], answer.json["staff"]["store"]) == (201, "marketer", None)
    bearer = {"Authorization": f"Bearer {answer.json['token']}"}
    assert client.get(f"{CONSOLE}/me", headers=bearer).json["login"] == "mei"
    refused = client.post(f"{CONSOLE}/sessions", json={"login": "lee", "password": people.PASSWORD})
    assert code(refused) == (403, "not_allowed")
    assert client.delete(f"{CONSOLE}/sessions/current", headers=bearer).status_code == 204
    assert code(client.get(f"{CONSOLE}/me", headers=bearer)) == (401, "not_signed_in")


def test_a_store_is_renamed_closed_and_opened_again(client: FlaskClient, admin: dict[str, str]) -> None:
    store = people.make_store()
    clerk = people.sign_in(people.make_staff(at=[store]), store=store)
    address = f"{CONSOLE}/stores/{store.public_id}"
    me = "/api/store/v1/me"
    told = client.patch(address, headers=admin, json={"name": "河坊街店"}).json
    assert (told["name"], told["code"], told["is_active"]) == ("河坊街店", store.code, True)
    assert client.get(me, headers=clerk).json["store"]["name"] == "河坊街店"
    assert client.patch(address, headers=admin, json={"is_active": False}).json["is_active"] is False
    assert code(client.get(me, headers=clerk)) == (401, "not_signed_in")
    # Told again, it is no change, and no second row of the audit.
    assert client.patch(address, headers=admin, json={"is_active": False, "name": "河坊街店"}).status_code == 200
    assert client.patch(address, headers=admin, json={"is_active": True}).status_code == 200
    assert client.get(me, headers=clerk).status_code == 200
    assert client.get(address, headers=admin).json["is_active"] is True
    rows = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "store.change").order_by(AuditEntry.id)
    ).all()
    assert [row.details["after"] for row in rows] == [{"name": "河坊街店"}, {"is_active": False}, {"is_active": True}]
    assert {row.store_id for row in rows} == {store.id}
    assert code(client.patch(address, headers=admin, json={"code": "B2"})) == (422, "invalid_input")
    assert code(client.patch(f"{CONSOLE}/stores/{uuid.uuid4()}", headers=admin, json={}))[0] == 404


def test_stores_and_people_are_made_and_changed(client: FlaskClient, admin: dict[str, str]) -> None:
    store = client.post(f"{CONSOLE}/stores", headers=admin, json={"code": "A1", "name": "一号店"}).json
    assert code(client.post(f"{CONSOLE}/stores", headers=admin, json={"code": "A1", "name": "二号店"}))[0] == 409
    assert [row["code"] for row in client.get(f"{CONSOLE}/stores", headers=admin).json["data"]] == ["A1"]
    body = {"login": "Lee", "display_name": "小李", "role": "clerk", "password": "ten letters"}
    made = client.post(f"{CONSOLE}/staff", headers=admin, json={**body, "store_ids": [store["id"]]})
    assert (made.status_code, made.json["login"], made.json["stores"]) == (
        201,
        "lee",
        [{"id": store["id"], "code": "A1", "name": "一号店"}],
    )
    assert "password" not in made.text
    assert code(client.post(f"{CONSOLE}/staff", headers=admin, json=body))[0] == 409
    login = {"login": "lee", "password": "ten letters", "store_code": "A1"}
    token = client.post("/api/store/v1/sessions", json=login).json["token"]
    clerk = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/store/v1/me", headers=clerk).status_code == 200
    address = f"{CONSOLE}/staff/{made.json['id']}"
    changed = client.patch(address, headers=admin, json={"role": "auditor"})
    assert (changed.json["role"], changed.json["stores"][0]["code"]) == ("auditor", "A1")
    # At once, with the token already out.
    assert code(client.get("/api/store/v1/me", headers=clerk)) == (403, "not_allowed")
    assert client.patch(address, headers=admin, json={"is_active": False}).json["is_active"] is False
    assert code(client.get("/api/store/v1/me", headers=clerk)) == (401, "not_signed_in")
    assert [row["login"] for row in client.get(f"{CONSOLE}/staff", headers=admin).json["data"]] == ["boss", "lee"]


def test_who_joins_later_may_not_serve_themselves_either(client: FlaskClient, admin: dict[str, str]) -> None:
    store, mine = people.make_store(), make_member()
    marketer = people.make_staff("marketer", at=[store])
    batch = make_batch(how="issue").public_id

    def give() -> Any:
        headers = {**people.sign_in(marketer), "Idempotency-Key": "k"}
        body = {"member_id": str(kept.public_id), "note": "致歉"}
        return client.post(f"{CONSOLE}/coupon-batches/{batch}/issues", headers=headers, json=body)

    address = f"{CONSOLE}/staff/{marketer.public_id}"
    assert client.patch(address, headers=admin, json={"member_id": str(mine.public_id)}).status_code == 200
    other = client.patch(
        f"{CONSOLE}/staff/{people.make_staff().public_id}", headers=admin, json={"member_id": str(mine.public_id)}
    )
    assert other.status_code == 409
    kept = mine
    assert code(give()) == (403, "self_service")
    kept = make_member()
    assert give().status_code == 201


def test_the_last_admin_cannot_leave(client: FlaskClient, admin: dict[str, str]) -> None:
    me = client.get(f"{CONSOLE}/me", headers=admin).json["id"]
    answer = client.patch(f"{CONSOLE}/staff/{me}", headers=admin, json={"is_active": False})
    assert code(answer) == (422, "last_admin")
    assert client.get(f"{CONSOLE}/me", headers=admin).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short"},
        {"password": "lee-lee-lee"},
        {"role": "owner"},
        {"login": "小李"},
        {"login": "a"},
        {"display_name": "a\x00"},
        {"store_ids": ["1"]},
        {"store_ids": "A1"},
        {"is_active": True},
        {"member_id": 1},
    ],
)
def test_a_bad_person_is_refused(client: FlaskClient, admin: dict[str, str], change: dict[str, Any]) -> None:
    body = {"login": "lee", "display_name": "小李", "role": "clerk", "password": "ten letters", **change}
    assert code(client.post(f"{CONSOLE}/staff", headers=admin, json=body)) == (422, "invalid_input")


def test_members_are_found_by_whole_phone_or_beginning_of_the_name(client: FlaskClient, admin: dict[str, str]) -> None:
    first, second = make_counter_member(phone="13800138000", nickname="100%王"), make_member(nickname="100_李")
    other = make_member(nickname="小雨")

    def found(**query: Any) -> list[str]:
        answer = client.get(f"{CONSOLE}/members", headers=admin, query_string=query)
        assert answer.status_code == 200
        assert "13800138000" not in answer.text
        return [row["id"] for row in answer.json["data"]]

    assert found() == [str(m.public_id) for m in (other, second, first)]
    assert found(phone="138-0013-8000") == [str(first.public_id)]
    assert found(phone="13900139000") == []
    assert found(nickname="100%") == [str(first.public_id)]
    assert found(nickname="100_") == [str(second.public_id)]
    assert code(client.get(f"{CONSOLE}/members", headers=admin, query_string={"phone": "1380013"})) == (
        422,
        "phone_invalid",
    )
    page = client.get(f"{CONSOLE}/members?limit=2", headers=admin).json
    rest = client.get(
        f"{CONSOLE}/members", headers=admin, query_string={"limit": 2, "cursor": page["next_cursor"]}
    ).json
    assert (page["has_more"], [row["id"] for row in rest["data"]], rest["has_more"]) == (
        True,
        [str(first.public_id)],
        False,
    )


def test_one_member_is_shown_masked_with_consents(client: FlaskClient, admin: dict[str, str]) -> None:
    member = make_member(phone="13800138000", marketing=True)
    shown = client.get(f"{CONSOLE}/members/{member.public_id}", headers=admin)
    assert shown.json["member"]["phone_masked"] == "138****8000"
    assert [(c["purpose"], c["granted"]) for c in shown.json["consents"]] == [("membership", True), ("marketing", True)]
    assert "13800138000" not in shown.text
    missing = client.get(f"{CONSOLE}/members/01930000-0000-7000-8000-000000000000", headers=admin)
    assert code(missing) == (404, "not_found")


def test_who_may(client: FlaskClient, admin: dict[str, str]) -> None:
    everybody = {role: people.sign_in(people.make_staff(role)) for role in ROLES}
    table = {
        ("get", "/stores"): {"manager", "marketer", "auditor", "admin"},
        ("post", "/stores"): {"admin"},
        ("get", "/staff"): {"manager", "auditor", "admin"},
        ("post", "/staff"): {"admin"},
        ("get", "/members"): {"manager", "marketer", "auditor", "admin"},
    }
    for (method, path), roles in table.items():
        body: dict[str, Any] = {"json": {}} if method == "post" else {}
        answers = {
            role: getattr(client, method)(f"{CONSOLE}{path}", headers=headers, **body)
            for role, headers in everybody.items()
        }
        assert {role for role, answer in answers.items() if answer.status_code != 403} == roles, path
