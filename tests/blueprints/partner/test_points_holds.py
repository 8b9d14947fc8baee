"""Paying with points at a partner's till: a fresh code holds, the same channel captures or releases, once."""

from datetime import datetime
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from app.models import Member
from app.services import points
from tests.conftest import Clock
from tests.factories import staff
from tests.factories.members import code_of, make_member
from tests.factories.partners import Signer, make_key
from tests.factories.staff import make_staff, make_store


@pytest.fixture
def till(app: APIFlask, now: datetime) -> Signer:
    """A till of a channel."""
    return make_key(channel="pos")


@pytest.fixture
def rich(app: APIFlask, now: datetime) -> Member:
    """A member with 500 points."""
    member = make_member()
    points.earn(member.id, amount=500, source="t", now=now)
    return member


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def hold(client: FlaskClient, till: Signer, shown: str, *, amount: int = 300, key: str = "h1", **more: Any) -> Any:
    now = more.pop("now", None)
    body = {"member_code": shown, "points": amount, **more}
    clock = {"now": now} if now else {}
    return till.send(client, "POST", "/points-holds", body, Idempotency_Key=key, **clock)


def end(client: FlaskClient, till: Signer, answer: Any, how: str, *, key: str = "e1", **more: Any) -> Any:
    body = more.pop("body", {} if how == "capture" else None)
    path = f"/points-holds/{answer.json['hold_id']}/{how}"
    return till.send(client, "POST", path, body, Idempotency_Key=key, **more)


def test_held_points_are_captured_in_part_and_the_rest_comes_back(
    client: FlaskClient, till: Signer, rich: Member, now: datetime
) -> None:
    held = hold(client, till, code_of(rich))
    assert (held.status_code, held.json["status"], held.json["points"]) == (201, "held", 300)
    assert held.json["expires_at"] == "2026-11-20T02:15:00.000+00:00"
    assert points.spendable(rich.id, now=now) == 200
    paid = end(client, till, held, "capture", body={"points": 120})
    assert (paid.status_code, paid.json["status"], paid.json["points_captured"]) == (200, "captured", 120)
    assert points.spendable(rich.id, now=now) == 380
    # A repeat with its key gets the same bytes; with a new key it changes nothing either.
    assert end(client, till, held, "capture", body={"points": 120}).data == paid.data
    assert end(client, till, held, "capture", body={"points": 120}, key="e2").json == paid.json
    assert code(end(client, till, held, "release", key="e3")) == (409, "hold_ended")
    assert points.spendable(rich.id, now=now) == 380


def test_a_release_gives_back_once(client: FlaskClient, till: Signer, rich: Member, now: datetime) -> None:
    held = hold(client, till, code_of(rich))
    assert end(client, till, held, "release").json["status"] == "released"
    assert end(client, till, held, "release", key="e2").json["status"] == "released"
    assert code(end(client, till, held, "capture", key="e3")) == (409, "hold_ended")
    assert points.spendable(rich.id, now=now) == 500


def test_a_code_holds_once_and_is_no_good_at_a_counter(
    client: FlaskClient, till: Signer, rich: Member, now: datetime
) -> None:
    shown = code_of(rich)
    held = hold(client, till, shown, amount=100)
    assert hold(client, till, shown, amount=100).data == held.data
    assert code(hold(client, till, shown, amount=100, key="h2")) == (409, "member_code_used")
    store = make_store()
    clerk = staff.sign_in(make_staff("clerk", at=[store]), store=store)
    scanned = client.post("/api/store/v1/visits", headers=clerk, json={"member_code": shown})
    assert code(scanned) == (409, "member_code_used")
    assert points.spendable(rich.id, now=now) == 400


def test_a_code_used_at_a_counter_holds_nothing(client: FlaskClient, till: Signer, rich: Member, now: datetime) -> None:
    shown, store = code_of(rich), make_store()
    clerk = staff.sign_in(make_staff("clerk", at=[store]), store=store)
    assert client.post("/api/store/v1/visits", headers=clerk, json={"member_code": shown}).status_code == 201
    assert code(hold(client, till, shown)) == (409, "member_code_used")
    assert points.spendable(rich.id, now=now) == 500


def test_too_many_points_leave_the_code_unused(client: FlaskClient, till: Signer, rich: Member) -> None:
    shown = code_of(rich)
    assert code(hold(client, till, shown, amount=501)) == (422, "insufficient_points")
    assert hold(client, till, shown, amount=500, key="h2").status_code == 201


def test_another_channel_does_not_see_it(client: FlaskClient, till: Signer, rich: Member, now: datetime) -> None:
    held = hold(client, till, code_of(rich))
    other = make_key(channel="posh")
    assert code(end(client, other, held, "capture")) == (404, "not_found")
    assert code(end(client, other, held, "release")) == (404, "not_found")
    # A second key of the same channel does: keys are replaced.
    assert end(client, make_key(channel="pos"), held, "capture").json["points_captured"] == 300


def test_a_forgotten_hold_is_over(client: FlaskClient, till: Signer, rich: Member, standing_clock: Clock) -> None:
    held = hold(client, till, code_of(rich), hold_seconds=60)
    late = standing_clock.move(seconds=60)
    assert code(end(client, till, held, "capture", now=late)) == (409, "hold_ended")
    assert points.spendable(rich.id, now=late) == 500


def test_more_than_held_is_refused(client: FlaskClient, till: Signer, rich: Member) -> None:
    held = hold(client, till, code_of(rich))
    assert code(end(client, till, held, "capture", body={"points": 301})) == (422, "hold_too_large")


def test_an_old_code_holds_nothing_and_guesses_are_counted(
    client: FlaskClient, till: Signer, rich: Member, standing_clock: Clock
) -> None:
    shown = code_of(rich)
    late = standing_clock.move(minutes=1)
    codes = [code(hold(client, till, shown, key=f"h{n}", now=late))[1] for n in range(31)]
    assert codes == ["member_code_expired"] * 30 + ["too_many"]


@pytest.mark.parametrize("body", [{"points": 0}, {"points": -1}, {"hold_seconds": 29}, {"hold_seconds": 86_401}])
def test_odd_holds_are_refused(client: FlaskClient, till: Signer, rich: Member, body: dict[str, Any]) -> None:
    asked = {"member_code": code_of(rich), "points": 1, **body}
    answer = till.send(client, "POST", "/points-holds", asked, Idempotency_Key="k")
    assert answer.status_code == 422


def test_a_hold_needs_a_key(client: FlaskClient, till: Signer, rich: Member) -> None:
    asked = {"member_code": code_of(rich), "points": 1}
    assert code(till.send(client, "POST", "/points-holds", asked)) == (422, "idempotency_key_missing")
