"""A shift: opened, closed with what it came to, taken over by somebody else; and the day beside it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEntry
from tests.blueprints.store.till import Till, refusal
from tests.conftest import Clock
from tests.factories.staff import make_staff, make_store, sign_in

SUMS = ("bills", "undone", "coupons_used", "bill_fen", "coupon_fen", "payable_fen")


def sums(told: Any) -> tuple[int, ...]:
    return tuple(told["sums"][name] for name in SUMS)


def sell(door: Till) -> None:
    """A bill of 100 with a coupon of 10, one of 50 without, one undone."""
    counter = door.counter
    counter.settle([counter.coupon()])
    counter.settle(bill_fen=5_000)
    counter.undo(counter.settle(bill_fen=7_000).public_id)


def test_a_shift_is_handed_over_with_its_figures(door: Till, standing_clock: Clock) -> None:
    opened = door.post("/shifts").get_json()
    assert (opened["person"], sums(opened)) == ("小李", (0, 0, 0, 0, 0, 0))
    sell(door)
    standing_clock.move(seconds=60)
    running = door.get("/shifts/current").get_json()["shift"]
    assert sums(running) == (2, 1, 1, 15_000, 1_000, 14_000)
    closed = door.post(f"/shifts/{opened['id']}/closing", {"counted_fen": 13_900, "note": "少 1 元，已记"}).get_json()
    assert (closed["closed_at"] is not None, closed["counted_fen"], sums(closed)) == (True, 13_900, sums(running))
    assert door.get("/shifts/current").get_json() == {"shift": None}
    _, other = door.colleague()
    assert [one["id"] for one in door.get("/shifts", headers=other).get_json()["data"]] == [opened["id"]]
    taken = door.post(f"/shifts/{opened['id']}/acknowledgement", {"reply": "已清点"}, headers=other).get_json()
    assert (taken["acknowledged_by"], taken["reply"], sums(taken)) == ("小王", "已清点", sums(running))


def test_opening_again_is_the_same_shift_and_the_next_is_another(door: Till, db_session: Session) -> None:
    first = door.post("/shifts").get_json()["id"]
    assert door.post("/shifts").get_json()["id"] == first
    door.post(f"/shifts/{first}/closing", {})
    assert door.post("/shifts").get_json()["id"] != first
    actions = db_session.scalars(
        select(AuditEntry.action).where(AuditEntry.object_kind == "shift").order_by(AuditEntry.id)
    ).all()
    assert list(actions) == ["shift.open", "shift.close", "shift.open"]


def test_what_comes_after_the_close_belongs_to_nobody_s_closed_figures(door: Till) -> None:
    shift = door.post("/shifts").get_json()["id"]
    door.post(f"/shifts/{shift}/closing", {})
    sell(door)
    assert sums(door.get("/shifts").get_json()["data"][0])[0] == 0


def test_only_one_s_own_shift_is_closed_and_only_another_s_taken_over(door: Till) -> None:
    shift = door.post("/shifts").get_json()["id"]
    _, other = door.colleague()
    assert refusal(door.post(f"/shifts/{shift}/closing", {}, headers=other)) == (403, "not_allowed")
    assert refusal(door.post(f"/shifts/{shift}/acknowledgement", {}, headers=other)) == (409, "shift_ended")
    door.post(f"/shifts/{shift}/closing", {})
    assert refusal(door.post(f"/shifts/{shift}/closing", {})) == (409, "shift_ended")
    assert refusal(door.post(f"/shifts/{shift}/acknowledgement", {})) == (403, "not_allowed")
    assert door.post(f"/shifts/{shift}/acknowledgement", {}, headers=other).status_code == 201
    _, third = door.colleague("manager")
    assert refusal(door.post(f"/shifts/{shift}/acknowledgement", {}, headers=third)) == (409, "shift_acknowledged")


def test_another_store_s_shift_is_nobody_s_here(door: Till) -> None:
    shift = door.post("/shifts").get_json()["id"]
    store = make_store()
    elsewhere = sign_in(make_staff(at=[store]), store=store)
    assert refusal(door.post(f"/shifts/{shift}/acknowledgement", {}, headers=elsewhere)) == (404, "not_found")
    assert door.get("/shifts", headers=elsewhere).get_json()["data"] == []


def test_a_day_is_summed_for_the_store_and_for_one_person(door: Till) -> None:
    sell(door)
    _, other = door.colleague()
    whole = door.get("/day", headers=other).get_json()
    assert (whole["on"], sums(whole)) == ("2026-11-20", (2, 1, 1, 15_000, 1_000, 14_000))
    assert sums(door.get("/day?mine=true", headers=other).get_json()) == (0, 0, 0, 0, 0, 0)
    assert sums(door.get("/day?mine=true").get_json()) == sums(whole)
    assert sums(door.get("/day?on=2026-11-19").get_json())[0] == 0
    assert len(door.get("/checkouts?mine=true").get_json()["data"]) == 3
    assert door.get("/checkouts?mine=true", headers=other).get_json()["data"] == []


def test_who_joined_here_today_is_counted(door: Till) -> None:
    consent = {"document_version": "2026-11"}
    body = {"phone": "13800138000", "nickname": "新客", "membership_consent": consent}
    assert door.post("/members", body).status_code == 201
    assert door.get("/day").get_json()["joined"] == 1


def test_the_day_as_a_table_opens_safely_in_a_spreadsheet(door: Till) -> None:
    door.counter.member.nickname = "=cmd()"
    sell(door)
    answer = door.get("/day.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=counter-2026-11-20.csv"
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("时间,会员,手机,账单")
    assert len(lines) == 4 and all("'=cmd()" in line for line in lines[1:])
    assert "点错了" in lines[1] and lines[3].split(",")[3:8] == ["10000", "1000", "0", "0", "9000"]
    english = door.get("/day.csv?mine=true", headers={**door.headers, "Accept-Language": "en"})
    assert english.get_data().decode("utf-8-sig").startswith("Time,Member,Phone,Bill (fen)")
