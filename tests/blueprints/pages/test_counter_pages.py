"""The clerk's day in plain forms, as it works without any script: scan, quote, confirm, undo, and everything beside it."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.models import Checkout, Member, Shift
from app.rules import coupon_code
from app.services import points
from tests.blueprints.pages import visitor
from tests.blueprints.store.test_counter_tools import picture
from tests.conftest import Clock
from tests.factories.codes import make_codes
from tests.factories.counters import Counter, make_counter, row_of
from tests.factories.coupons import make_batch
from tests.factories.members import code_of, make_member
from tests.factories.staff import make_staff

FRAGMENT = {"X-Fragment": "1"}


@dataclass
class Desk:
    """A clerk signed in at the page."""

    client: FlaskClient
    counter: Counter

    def send(self, path: str, data: dict[str, Any], *, headers: Any = None) -> TestResponse:
        token = visitor.token_of(self.client.get("/counter").text)
        return self.client.post(
            f"/counter{path}", data={"csrf_token": token, "key": "one-key", **data}, headers=headers
        )

    def scan(self, typed: str | None = None, **more: str) -> str:
        """The page after scanning the customer's code, or whatever is typed."""
        return self.send("/scan", {"typed": typed or code_of(self.counter.member), **more}).text

    def settle(self, page: str, **changes: Any) -> TestResponse:
        """Press the button that confirms what the page shows."""
        form = re.search(r'<form[^>]*action="/counter/settle".*?</form>', page, re.DOTALL)
        assert form is not None, page
        fields = re.findall(r'name="(\w+)" value="([^"]*)"', form.group(0))
        data: dict[str, Any] = {name: value for name, value in fields if name != "coupons"}
        data["coupons"] = [value for name, value in fields if name == "coupons"]
        return self.client.post("/counter/settle", data=data | changes)


@pytest.fixture
def desk(client: FlaskClient, db_session: Session, now: datetime) -> Desk:
    counter = make_counter()
    assert visitor.sign_in(client, counter.clerk, store=counter.store).status_code == 303
    return Desk(client, counter)


def said(page: str, kind: str) -> str:
    """What the band says."""
    found = re.search(rf'class="band band-{kind}" role="\w+" data-sound="{kind}".*?</div>', page, re.DOTALL)
    assert found is not None, page
    return re.sub(r"<[^>]+>", " ", found.group(0))


def test_a_bill_typed_first_is_quoted_by_the_scan_and_settled_by_one_press(desk: Desk, db_session: Session) -> None:
    desk.counter.coupon()
    page = desk.scan(bill="100")
    assert "−¥10.00" in page and 'id="payable">¥90.00' in page and "138****" not in page
    done = desk.settle(page).text
    assert "应收 ¥90.00" in said(done, "good") and "已减 ¥10.00" in said(done, "good")
    assert db_session.scalar(select(func.count()).select_from(Checkout)) == 1


def test_the_same_press_twice_is_one_bill(desk: Desk, db_session: Session) -> None:
    desk.counter.coupon()
    page = desk.scan(bill="100")
    first, second = desk.settle(page), desk.settle(page)
    assert "应收 ¥90.00" in said(first.text, "good") and "应收 ¥90.00" in said(second.text, "good")
    assert db_session.scalar(select(func.count()).select_from(Checkout)) == 1


def test_a_scan_without_a_bill_shows_the_member_and_asks_for_it(desk: Desk, now: datetime) -> None:
    desk.counter.member.nickname = "<b>小雨</b>"
    points.earn(desk.counter.member.id, amount=1_234, source="t", now=now)
    desk.counter.coupon()
    page = desk.scan()
    assert "&lt;b&gt;小雨&lt;/b&gt;" in page and "1,234" in page and 'data-step="visit"' in page
    visit = re.search(r'name="visit_id" value="([\w-]+)" form="scan"', page)
    assert visit is not None
    quoted = desk.send("/quote", {"visit_id": visit.group(1), "bill": "￥１００．５０"}).text
    assert "¥100.50" in quoted and 'id="payable">¥90.50' in quoted
    assert "没有看懂" in said(desk.send("/quote", {"visit_id": visit.group(1), "bill": "1e5"}).text, "warn")
    assert "请输入账单" in said(desk.send("/quote", {"visit_id": visit.group(1), "bill": ""}).text, "warn")
    # An amount in the one input is the bill of whoever stands there.
    assert 'id="payable">¥48.00' in desk.send("/scan", {"typed": "58.00", "visit_id": visit.group(1)}).text


def test_a_bill_beyond_all_bills_does_not_send_the_customer_away(desk: Desk) -> None:
    page = desk.send("/scan", {"typed": code_of(desk.counter.member), "bill": "99999999"}).text
    assert 'data-step="visit"' in page
    assert said(page, "bad")
    assert 'value="99999999"' in page


def test_every_coupon_that_does_not_apply_says_why(desk: Desk) -> None:
    desk.counter.coupon(min_spend_fen=20_000)
    desk.counter.coupon(stores=[make_counter().store])
    page = desk.scan(bill="150")
    assert "满 ¥200.00 可用，还差 ¥50.00。" in page
    assert "适用：" in page


def test_chosen_coupons_are_priced_and_those_that_do_not_go_together_say_so(desk: Desk) -> None:
    one, two = desk.counter.coupon(), desk.counter.coupon(exclusive=True)
    visit = str(desk.counter.visit())
    data = {"visit_id": visit, "bill": "100", "chosen": "1", "coupons": [str(one.public_id)], "points": ""}
    assert 'id="payable">¥90.00' in desk.send("/quote", data).text
    both = {**data, "coupons": [str(one.public_id), str(two.public_id)]}
    assert "单独使用" in said(desk.send("/quote", both).text, "bad")
    assert 'id="payable">¥100.00' in desk.send("/quote", {**data, "coupons": []}).text


def test_leaving_a_customer_frees_what_was_held(desk: Desk) -> None:
    held = desk.counter.coupon()
    for leave in ("next", "scan"):
        visit = str(desk.counter.visit())
        desk.send("/quote", {"visit_id": visit, "bill": "100", "chosen": "1", "coupons": [str(held.public_id)]})
        assert row_of(held).held_visit_id is not None
        if leave == "next":
            assert f'action="/counter/visits/{visit}/leave"' in desk.client.get(f"/counter/visits/{visit}").text
            assert 'data-step="ready"' in desk.send(f"/visits/{visit}/leave", {}).text
        else:
            assert 'data-step="visit"' in desk.scan(code_of(make_member()), visit_id=visit)
        assert row_of(held).held_visit_id is None
    # Nothing is held for a visit that never was, and nobody has to know.
    assert 'data-step="ready"' in desk.send(f"/visits/{uuid.uuid4()}/leave", {}).text


def test_points_pay_a_part(desk: Desk, now: datetime) -> None:
    points.earn(desk.counter.member.id, amount=500, source="t", now=now)
    visit = str(desk.counter.visit())
    page = desk.send("/quote", {"visit_id": visit, "bill": "100", "chosen": "1", "points": "200"}).text
    done = desk.settle(page).text
    assert "(200)" in done and "−¥2.00" in done


def test_a_gift_is_handed_over_and_a_card_of_many_uses_stamped(desk: Desk, standing_clock: Clock) -> None:
    desk.counter.coupon(kind="gift", value_fen=700, goods="马克杯", min_spend_fen=None, uses=3)
    page = desk.scan()
    assert "盖章" in page
    done = desk.settle(page).text
    assert "已核销" in said(done, "good") and "(1/3)" in done
    standing_clock.move(seconds=30)
    assert "1/3" in desk.scan(code_of(desk.counter.member, now=standing_clock.now))


def test_a_bill_is_undone_with_a_reason(desk: Desk, db_session: Session) -> None:
    done = desk.settle(desk.scan(bill="100")).text
    checkout = db_session.scalars(select(Checkout)).one()
    assert "data-seconds=" in done
    undone = desk.send("/undo", {"checkout_id": str(checkout.public_id), "reason": "点错了"}).text
    assert "已撤销" in said(undone, "good") and "点错了" in undone
    again = desk.send("/undo", {"checkout_id": str(checkout.public_id), "reason": "点错了", "key": "other"}).text
    assert "已于" in said(again, "bad")


def test_refusals_are_specific(desk: Desk, standing_clock: Clock) -> None:
    stale = code_of(desk.counter.member)
    standing_clock.move(seconds=60)
    assert "请顾客刷新" in said(desk.scan(stale), "bad")
    assert "无法识别" in said(desk.scan("6901234567892"), "bad")
    assert "请扫码" in said(desk.scan(" "), "warn")
    assert "没有会员" in said(desk.scan("0000"), "warn")


def test_a_phone_s_end_shows_who_it_may_be_and_nothing_can_be_used(desk: Desk) -> None:
    member = make_member(nickname="小雨", phone="13800138000")
    page = desk.scan("8000")
    assert f"/counter/members/{member.public_id}" in page and "138****8000" in page and "13800138000" not in page
    shown = desk.client.get(f"/counter/members/{member.public_id}").text
    assert "这里只能查看" in shown and "/counter/settle" not in shown
    # What can be done instead, and nothing that would do it by the number alone.
    assert "请顾客打开小程序出示会员码" in shown and "完整号码也不行" in shown and 'name="bill_fen"' not in shown
    assert "/counter/enrol" in page[page.index('data-step="candidates"') :]
    whole = desk.scan("13800138000")
    assert f"/counter/members/{member.public_id}" in whole and "/counter/quote" not in whole


def test_a_coupon_code_becomes_a_coupon_of_whoever_was_scanned(desk: Desk) -> None:
    code = make_codes(1)[1][0]
    assert "先扫描会员码" in said(desk.scan(code), "warn")
    visit = str(desk.counter.visit())
    page = desk.send("/scan", {"typed": code, "visit_id": visit}).text
    assert "券码已兑换" in said(page, "good")
    assert "券码已兑换" in said(desk.send("/scan", {"typed": code, "visit_id": visit}).text, "good")
    wrong = coupon_code.of_number(77)
    assert "券码无效" in said(desk.send("/scan", {"typed": wrong, "visit_id": visit}).text, "bad")


def test_points_are_exchanged_and_the_customer_stays(desk: Desk, now: datetime) -> None:
    points.earn(desk.counter.member.id, amount=50, source="t", now=now)
    batch = make_batch(how="exchange", points_price=20)
    make_batch(how="exchange", points_price=90)
    visit = desk.counter.visit()
    page = desk.client.get(f"/counter/visits/{visit}/exchange").text
    assert str(batch.public_id) in page and "还差" in page
    taken = desk.send(f"/visits/{visit}/exchange", {"batch_id": str(batch.public_id), "points_price": "20"})
    assert taken.status_code == 303
    assert "兑换成功" in desk.client.get(taken.headers["Location"]).text
    asked = desk.send(f"/visits/{visit}/exchange", {"batch_id": str(batch.public_id), "points_price": "21", "key": "b"})
    assert "alert-danger" in desk.client.get(asked.headers["Location"]).text


def test_a_note_is_there_at_the_next_scan(desk: Desk) -> None:
    visit = desk.counter.visit()
    assert "已记下" in said(desk.send(f"/visits/{visit}/notes", {"note": "少糖<script>"}).text, "good")
    page = desk.scan()
    assert "少糖&lt;script&gt;" in page


def test_somebody_joins_by_phone(desk: Desk, db_session: Session) -> None:
    data = {"phone": "13800138000", "nickname": "新客", "consent": "y"}
    assert "需要顾客本人同意" in desk.send("/enrol", {**data, "consent": ""}).text
    joined = desk.send("/enrol", data)
    assert joined.status_code == 303
    page = desk.client.get(joined.headers["Location"]).text
    assert "欢迎新会员" in page and "138****8000" in page
    assert "已绑定" in desk.send("/enrol", {**data, "key": "another"}).text
    assert db_session.scalar(select(func.count()).select_from(Member).where(Member.nickname == "新客")) == 1


def test_the_day_is_summed_listed_undone_and_taken_home(desk: Desk) -> None:
    desk.settle(desk.scan(bill="100"))
    page = desk.client.get("/counter/day?mine=1").text
    assert "¥100.00" in page and "/counter/day/undo" in page
    csv = desk.client.get("/counter/day.csv?mine=1")
    assert csv.mimetype == "text/csv" and csv.get_data().startswith(b"\xef\xbb\xbf")
    checkout = re.search(r'name="checkout_id" value="([\w-]+)"', page)
    assert checkout is not None
    undone = desk.send("/day/undo?mine=1", {"checkout_id": checkout.group(1), "reason": "点错了"})
    assert "点错了" in desk.client.get(undone.headers["Location"]).text
    assert "还没有账单" in desk.client.get("/counter/day?on=2020-01-01").text


def test_a_colleague_s_bill_is_left_to_a_manager(desk: Desk) -> None:
    counter = desk.counter
    desk.settle(desk.scan(bill="100"))
    desk.client.post("/counter/sign-out", data={"csrf_token": visitor.token_of(desk.client.get("/counter").text)})
    visitor.sign_in(desk.client, make_staff("clerk", at=[counter.store]), store=counter.store)
    assert "请店长处理" in desk.client.get("/counter/day").text
    desk.client.post("/counter/sign-out", data={"csrf_token": visitor.token_of(desk.client.get("/counter").text)})
    visitor.sign_in(desk.client, make_staff("manager", at=[counter.store]), store=counter.store)
    assert "/counter/day/undo" in desk.client.get("/counter/day").text


def test_a_shift_is_handed_over(desk: Desk, db_session: Session, standing_clock: Clock) -> None:
    counter = desk.counter
    desk.send("/shift", {})
    desk.settle(desk.scan(bill="100"))
    standing_clock.move(seconds=60)
    shift = db_session.scalars(select(Shift)).one()
    assert "¥100.00" in desk.client.get("/counter/shift").text
    desk.send(f"/shift/{shift.public_id}/close", {"counted": "x"})
    assert "没有看懂" in desk.client.get("/counter/shift").text
    desk.send(f"/shift/{shift.public_id}/close", {"counted": "99.50", "note": "少五角", "key": "close"})
    page = desk.client.get("/counter/shift").text
    assert "少五角" in page and "由另一位同事确认" in page
    desk.client.post("/counter/sign-out", data={"csrf_token": visitor.token_of(page)})
    visitor.sign_in(desk.client, make_staff("clerk", at=[counter.store]), store=counter.store)
    assert "-¥0.50" in desk.client.get("/counter/shift").text
    desk.send(f"/shift/{shift.public_id}/acknowledge", {"reply": "收到"})
    assert "收到" in desk.client.get("/counter/shift").text


def test_practice_explains_and_refuses_real_codes(desk: Desk) -> None:
    page = desk.client.get("/counter/training").text
    assert "<svg" in page and "2800 0000 0000" in page
    told = desk.send("/training", {"typed": "28000000000000000004", "bill": "80"}).text
    assert "¥64.00" in told and "没有写入任何数据" in told
    assert "请扫描本页的练习码" in desk.send("/training", {"typed": code_of(desk.counter.member), "bill": "80"}).text


def test_a_frame_is_read_for_the_page(desk: Desk) -> None:
    token = visitor.token_of(desk.client.get("/counter").text)
    headers = {"X-CSRFToken": token, "Content-Type": "image/jpeg"}
    assert desk.client.post("/counter/frame", data=picture(), headers=headers).get_json() == {
        "text": "28123456789748757406"
    }
    assert desk.client.post("/counter/frame", data=b"x", headers=headers).status_code == 422
    assert desk.client.post("/counter/frame", data=b"x" * 50_000, headers=headers).status_code == 413
    assert desk.client.post("/counter/frame", data=picture()).status_code == 400


def test_a_fragment_is_the_step_alone_and_english_is_english(desk: Desk) -> None:
    desk.counter.coupon()
    answer = desk.send(
        "/scan", {"typed": code_of(desk.counter.member), "bill": "100"}, headers={**FRAGMENT, "Accept-Language": "en"}
    )
    assert answer.text.lstrip().startswith("<div data-fragment>") and "<html" not in answer.text
    assert "Confirm and redeem" in answer.text


def test_whoever_was_signed_out_is_led_to_sign_in(desk: Desk, db_session: Session, standing_clock: Clock) -> None:
    page = desk.scan(bill="100")
    standing_clock.move(hours=13)
    assert "/counter/sign-in" in desk.settle(page).headers["Location"]
