"""One input for everything: codes told apart, phones with masked candidates, and the limits of asking."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEntry
from app.rules import coupon_code
from app.services import points
from blueprints.attempts import Limit
from blueprints.store import lookups
from tests.blueprints.store.till import Till, refusal
from tests.factories.coupons import give_coupon
from tests.factories.members import code_of, make_member

CODE = coupon_code.of_number(123_456_789)


def ask(door: Till, typed: Any, **headers: Any) -> Any:
    return door.post("/lookups", {"typed": typed}, headers=headers or None)


def test_a_member_code_is_told_as_one_whatever_stands_between_its_digits(door: Till) -> None:
    shown = code_of(door.counter.member)
    for typed in (shown, f" {shown[:4]} {shown[4:8]}-{shown[8:]}", shown.translate(str.maketrans("0123", "０１２３"))):
        assert ask(door, typed).get_json() == {
            "kind": "member_code",
            "value": shown,
            "candidates": [],
            "is_cut": False,
        }


def test_a_misread_member_code_is_told_apart_from_nonsense(door: Till) -> None:
    shown = code_of(door.counter.member)
    misread = shown[:-1] + str((int(shown[-1]) + 1) % 10)
    assert refusal(ask(door, misread)) == (422, "member_code_malformed")
    for nonsense in ("6901234567892", "你好", "12", "HELLO-WORLD", "-", "+", "28" * 32):
        assert refusal(ask(door, nonsense))[1] in {"input_not_recognised"}, nonsense


def test_a_coupon_code_is_told_without_saying_whether_it_is_good(door: Till) -> None:
    written = f"{CODE[:4]}-{CODE[4:8]}-{CODE[8:12]}-{CODE[12]}".lower()
    told = ask(door, written).get_json()
    assert (told["kind"], told["value"], told["candidates"]) == ("coupon_code", CODE, [])


def test_the_last_four_digits_name_masked_candidates_newest_first(door: Till) -> None:
    first = make_member(nickname="先来", phone="13800138000")
    second = make_member(nickname="后到", phone="13900148000")
    make_member(phone="13800138001")
    told = ask(door, "8000").get_json()
    assert (told["kind"], told["value"], told["is_cut"]) == ("phone_tail", "", False)
    assert [one["id"] for one in told["candidates"]] == [str(second.public_id), str(first.public_id)]
    newest = told["candidates"][0]
    assert set(newest) == {"id", "nickname", "phone_masked", "badge", "joined_at"}
    assert (newest["nickname"], newest["phone_masked"], newest["badge"]["code"]) == ("后到", "139****8000", "basic")


def test_a_whole_phone_names_one_and_nobody_is_an_empty_list(door: Till) -> None:
    member = make_member(phone="13800138000")
    for typed in ("13800138000", "138 0013 8000", "+86 138-0013-8000"):
        assert [one["id"] for one in ask(door, typed).get_json()["candidates"]] == [str(member.public_id)]
    assert ask(door, "13800138009").get_json() == {"kind": "phone", "value": "", "candidates": [], "is_cut": False}


def test_too_many_candidates_are_cut_and_said_to_be(door: Till) -> None:
    for number in range(7):
        make_member(phone=f"138001{number}0999")
    told = ask(door, "0999").get_json()
    assert (len(told["candidates"]), told["is_cut"]) == (6, True)


def test_who_tries_one_number_after_another_is_stopped_and_codes_go_on(
    door: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "PHONES", Limit("phone_lookup", tries=3, window_seconds=600))
    assert [ask(door, f"000{number}").status_code for number in range(4)] == [200, 200, 200, 429]
    assert ask(door, CODE).status_code == 200
    _, other = door.colleague()
    assert ask(door, "0000", **other).status_code == 200


def test_looking_a_phone_up_leaves_a_row_without_the_number(door: Till, db_session: Session) -> None:
    make_member(phone="13800138000")
    ask(door, "8000")
    ask(door, "13800138000")
    ask(door, CODE)
    rows = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "member.look_up")).all()
    assert [row.details for row in rows] == [{"by": "phone_tail", "found": 1}, {"by": "phone", "found": 1}]
    assert "8000" not in str([row.details for row in rows])


def test_a_panel_shows_the_visitor_and_what_they_can_use(door: Till, now: Any) -> None:
    member = door.counter.member
    points.earn(member.id, amount=30, source="t", now=now)
    give_coupon(member)
    visit = door.scan()
    told = door.get(f"/visits/{visit}").get_json()
    assert (told["visit_id"], told["member"]["points_balance"], len(told["coupons"])) == (visit, 30, 1)
    looked_up = door.get(f"/members/{member.public_id}").get_json()
    assert (looked_up["visit_id"], looked_up["expires_at"]) == (None, None)
    assert looked_up["member"] == told["member"] and looked_up["coupons"] == told["coupons"]


def test_a_visit_is_shown_to_whoever_opened_it_while_it_lasts(door: Till) -> None:
    visit = door.scan()
    _, other = door.colleague()
    assert refusal(door.get(f"/visits/{visit}", headers=other)) == (404, "not_found")
    door.counter.settle(visit=UUID(visit))
    assert refusal(door.get(f"/visits/{visit}")) == (409, "visit_ended")
    assert refusal(door.get(f"/members/{visit}")) == (404, "not_found")
