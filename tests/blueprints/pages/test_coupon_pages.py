"""The coupon pages without a browser: what is typed reaches the API as meant, and what it refuses stands beside the field."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.extensions import db
from app.models import Coupon, CouponAutomation, CouponBatch, CouponCode, CouponTemplate, IssueRun, Payer, Revocation
from app.rules import coupon_code
from tests.blueprints.pages import visitor
from tests.factories.coupons import make_batch, make_template
from tests.factories.issue_runs import issue_batch, make_run, work
from tests.factories.members import make_member
from tests.factories.partners import make_key
from tests.factories.payers import make_payer
from tests.factories.staff import make_staff, make_store

T = TypeVar("T")
NEW = "/console/coupon-templates/new"
AMOUNT_OFF = {
    "kind": "amount_off",
    "name": "满50减10",
    "value": "10",
    "min_spend": "50",
    "validity": "days",
    "valid_days": "30",
}
FLAGS = {"with_tier_discount": "y", "with_points": "y", "on_refund": "return_when_full"}


@pytest.fixture
def signed_in(client: FlaskClient) -> FlaskClient:
    visitor.sign_in(client, make_staff("admin"))
    return client


def the_only(kind: type[T]) -> T:
    return db.session.scalars(select(kind)).one()


def test_terms_are_typed_as_people_say_them(signed_in: FlaskClient) -> None:
    store = make_store()
    typed = {
        "kind": "percent_off",
        "name": "八折券",
        "percent": "15.5",
        "value": "12.34",
        "min_spend": "",
        "uses": "3",
        "validity": "dates",
        "valid_days": "9",
        "valid_from": "2027-01-01",
        "valid_until": "2027-01-31",
        "stores": [store.code],
        "channels": ["store", "webshop"],
        "weekdays": ["6", "7"],
        "categories": "咖啡，茶\n点心、  ",
        "exclusive": "y",
        "with_points": "y",
        "on_refund": "keep",
    }
    made = visitor.send(signed_in, NEW, typed, form_at=f"{NEW}?kind=percent_off")
    assert made.status_code == 303, made.text
    template = the_only(CouponTemplate)
    assert template.terms == {
        "v": 1,
        "kind": "percent_off",
        "value_fen": 1234,
        "percent_bp": 1550,
        "uses": 3,
        "valid_from": "2027-01-01",
        "valid_until": "2027-01-31",
        "stores": [store.code],
        "channels": ["store", "webshop"],
        "weekdays": [6, 7],
        "categories": ["咖啡", "点心", "茶"],
        "exclusive": True,
        "with_tier_discount": False,
        "on_refund": "keep",
    }
    page = signed_in.get(made.headers["Location"]).text
    assert "8.45折" in page
    assert "15.5% off" in page
    # The form of the next version begins with what was said; what no list has any more stays.
    again = signed_in.get(f"{made.headers['Location']}/versions/new").text
    for begun in ('value="12.34"', 'value="15.5"', 'value="2027-01-31"', "咖啡\n点心\n茶"):
        assert begun in again
    assert visitor.chosen(again, "channels") == ["store", "webshop"]
    assert visitor.options(again, "channels") == {"store": "所有门店收银台 (store)", "webshop": "webshop"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"min_spend": "5"}, "门槛不能低于优惠金额"),
        ({"value": ""}, "请填写"),
        ({"value": "1.234"}, "两位小数"),
        ({"value": "1e9999999999"}, "之间的金额"),
        ({"value": "NaN"}, "之间的金额"),
        ({"valid_days": ""}, "请填写"),
        ({"min_spend": ""}, "请填写"),
        ({"until_hour": "25"}, "1 到 24"),
        ({"blackout_dates": "12-40"}, "2026-12-25"),
        ({"exclusive_group": "Nicht Klein"}, "小写字母"),
        ({"uses": "101"}, "1 到 100"),
        ({"name": ""}, "请填写"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(signed_in: FlaskClient, wrong: dict[str, str], said: str) -> None:
    answer = visitor.send(signed_in, NEW, AMOUNT_OFF | FLAGS | wrong, form_at=f"{NEW}?kind=amount_off")
    assert answer.status_code == 422
    (field,) = wrong
    beside = re.search(rf'id="{field}-wrong">(.*?)</div></div>', answer.text)
    assert beside is not None, answer.text
    assert said in beside.group(1)
    assert db.session.scalar(select(func.count()).select_from(CouponTemplate)) == 0


def test_the_card_is_shown_while_it_is_written(signed_in: FlaskClient) -> None:
    path = "/console/coupon-templates/look"
    seen = visitor.send(signed_in, path, AMOUNT_OFF | FLAGS, form_at=f"{NEW}?kind=amount_off").text
    assert "满50元减10元" in seen
    assert "¥10 off a bill of ¥50 or more" in seen
    unfinished = visitor.send(signed_in, path, {"kind": "amount_off"}, form_at=f"{NEW}?kind=amount_off").text
    assert "填好以下各项后" in unfinished
    assert "减多少（元）" in unfinished


def batch_typed(template: CouponTemplate, **changes: str) -> dict[str, str]:
    now = datetime.now(UTC) + timedelta(hours=8)
    typed = {
        "template_id": str(template.public_id),
        "name": "双十二",
        "how": "claim",
        "stock": "100",
        "budget": "500.5",
        "per_member_limit": "1",
        "starts": now.strftime("%Y-%m-%dT%H:%M"),
        "ends": (now + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M"),
        "audience": "all",
        "min_tier_rank": "0",
    }
    return typed | changes


def test_a_batch_is_printed_paused_and_topped_up(signed_in: FlaskClient) -> None:
    payer, template = make_payer(), make_template()
    form_at = f"/console/coupon-batches/new?template={template.public_id}"
    typed = batch_typed(
        template, payer_id=str(payer.public_id), payer_share="12.5", member_list_id="", points_price="7"
    )
    estimate = visitor.send(signed_in, "/console/coupon-batches/estimate", typed, form_at=form_at).text
    assert "预算会先用完" in estimate
    made = visitor.send(signed_in, "/console/coupon-batches/new", typed, form_at=form_at)
    assert made.status_code == 303, made.text
    page, batch = made.headers["Location"], the_only(CouponBatch)
    assert (batch.budget_fen, batch.payer_share_bp, batch.points_price) == (50_050, 1250, None)
    visitor.send(signed_in, f"{page}/status", {"status": "paused"}, form_at=page)
    db.session.refresh(batch)
    assert batch.status == "paused"

    changes = {"stock": "200", "budget": "500.5"}
    looked = visitor.send(signed_in, f"{page}/change", changes, form_at=f"{page}/change")
    assert "确认更改" in looked.text
    db.session.refresh(batch)
    assert batch.stock == 100
    done = visitor.send(signed_in, f"{page}/change", changes | {"confirmed": "yes"}, form_at=f"{page}/change")
    assert done.status_code == 303
    db.session.refresh(batch)
    assert (batch.stock, batch.budget_fen) == (200, 50_050)
    nothing = visitor.send(signed_in, f"{page}/change", changes, form_at=f"{page}/change")
    assert (nothing.status_code, "没有任何改动" in nothing.text) == (422, True)
    less = visitor.send(
        signed_in, f"{page}/change", {"stock": "1", "budget": "0.01", "confirmed": "yes"}, form_at=f"{page}/change"
    )
    assert less.status_code in (303, 422)


def test_a_list_that_was_chosen_must_be_named(signed_in: FlaskClient) -> None:
    answer = visitor.send(
        signed_in,
        "/console/coupon-batches/new",
        batch_typed(make_template(), audience="list"),
        form_at="/console/coupon-batches/new",
    )
    assert answer.status_code == 422
    assert "请选择。" in answer.text


def test_a_run_is_looked_at_begun_once_and_taken_back(signed_in: FlaskClient, now: datetime) -> None:
    batch = issue_batch(stock=10)
    for _ in range(3):
        make_member()
    form_at = f"/console/coupon-batches/{batch.public_id}/issue-runs/new"
    typed = {"audience": "everyone", "note": "周年庆"}
    looked = visitor.send(signed_in, form_at, typed, form_at=form_at)
    assert "将发给 3 位会员" in looked.text
    assert db.session.scalar(select(func.count()).select_from(IssueRun)) == 0
    for _ in range(2):
        begun = visitor.send(signed_in, form_at, typed | {"confirmed": "yes"}, form_at=form_at)
        assert begun.status_code == 303
    run = the_only(IssueRun)
    work(run)
    page = f"/console/issue-runs/{run.public_id}"
    assert "data-poll" not in signed_in.get(f"{page}/progress").text
    revoke = signed_in.get(f"{page}/revoke")
    assert "3 张可用的券会被作废" in revoke.text
    short = visitor.send(signed_in, f"{page}/revoke", {"expected": "3", "reason": "x"}, form_at=f"{page}/revoke")
    assert short.status_code == 422
    grown = visitor.send(signed_in, f"{page}/revoke", {"expected": "1", "reason": "发错了"}, form_at=f"{page}/revoke")
    assert grown.status_code in (409, 422)
    assert "3 张可用的券会被作废" in grown.text
    taken = visitor.send(
        signed_in, f"{page}/revoke", {"expected": "3", "reason": "发错了", "key": "another"}, form_at=f"{page}/revoke"
    )
    assert taken.status_code == 303
    row = the_only(Revocation)
    assert (row.expected, row.reason) == (3, "发错了")


def test_a_run_can_be_paused_and_only_that(signed_in: FlaskClient) -> None:
    make_member()
    run = make_run(issue_batch(stock=10))
    page = f"/console/issue-runs/{run.public_id}"
    assert 'data-poll="1"' in signed_in.get(page).text
    visitor.send(signed_in, f"{page}/pause", {}, form_at=page)
    db.session.refresh(run)
    assert run.state == "paused"
    assert visitor.send(signed_in, f"{page}/explode", {}, form_at=page).status_code == 404


def test_codes_are_ordered_and_handed_in_by_file(signed_in: FlaskClient) -> None:
    batch = make_batch(how="code", stock=100)
    page = f"/console/coupon-batches/{batch.public_id}/codes"
    assert visitor.send(signed_in, page, {"wanted": "5"}, form_at=page).status_code == 303
    assert 'data-poll="1"' in signed_in.get(f"{page}/progress").text
    imports = f"/console/coupon-batches/{batch.public_id}/code-imports"
    assert visitor.send(signed_in, imports, {}, form_at=page).status_code == 422
    token = visitor.token_of(signed_in.get(page).text)
    # More than any other form may be.
    drawn = [coupon_code.shown(coupon_code.of_number(number)) for number in range(10, 50)]
    lines = "code,note\n" + "".join(f"{code},{'x' * 4000}\n" for code in drawn)
    sent = {"csrf_token": token, "key": "k2", "file": (io.BytesIO(lines.encode()), "codes.csv")}
    answer = signed_in.post(imports, data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    assert db.session.scalar(select(func.count()).select_from(CouponCode)) == len(drawn)
    assert "新增 40 个" in signed_in.get(page).text


def test_an_automation_asks_only_what_its_event_has(signed_in: FlaskClient) -> None:
    batch = issue_batch(stock=10)
    form_at = "/console/coupon-automations/new"
    typed = {
        "name": "满百送券",
        "event": "purchase",
        "batch_id": str(batch.public_id),
        "min_paid": "100",
        "streak": "7",
    }
    assert visitor.send(signed_in, form_at, typed, form_at=form_at).status_code == 303
    automation = the_only(CouponAutomation)
    assert automation.conditions == {"min_paid_fen": 10_000}
    neither = visitor.send(signed_in, form_at, typed | {"event": "check_in", "streak": ""}, form_at=form_at)
    assert neither.status_code == 422
    assert "请只填一项" in neither.text
    path = f"/console/coupon-automations/{automation.public_id}"
    visitor.send(signed_in, path, {"is_active": "no"}, form_at="/console/coupon-automations")
    db.session.refresh(automation)
    assert not automation.is_active


def test_an_automation_asks_the_channels_of_its_event(signed_in: FlaskClient) -> None:
    batch = issue_batch(stock=10)
    make_key(channel="webshop")
    form_at = "/console/coupon-automations/new"
    page = signed_in.get(form_at).text
    # Nobody who was imported gets a coupon for joining.
    assert set(visitor.options(page, "join_channels")) == {"mini", "counter"}
    assert set(visitor.options(page, "channels")) == {"store", "webshop"}
    typed = {"name": "送券", "batch_id": str(batch.public_id), "join_channels": ["mini"], "channels": ["webshop"]}
    for event, asked in (("joined", ["mini"]), ("purchase", ["webshop"])):
        made = visitor.send(signed_in, form_at, typed | {"event": event, "name": event}, form_at=form_at)
        assert made.status_code == 303, made.text
        query = select(CouponAutomation.conditions).where(CouponAutomation.event == event)
        assert db.session.scalar(query) == {"channels": asked}
    # What is refused stands beside the list it was chosen from, and stays chosen.
    unlisted = [" blank", "old-shop"]
    wrong = typed | {"event": "joined", "join_channels": unlisted}
    refused = visitor.send(signed_in, form_at, wrong, form_at=form_at)
    assert refused.status_code == 422
    assert 'id="join_channels-wrong"' in refused.text
    assert 'id="channels-wrong"' not in refused.text
    assert visitor.chosen(refused.text, "join_channels") == unlisted


def test_a_payer_is_added_renamed_and_ended(signed_in: FlaskClient) -> None:
    form_at = "/console/payers/new"
    wrong = visitor.send(signed_in, form_at, {"code": "no blanks", "name": "x", "kind": "supplier"}, form_at=form_at)
    assert wrong.status_code == 422
    made = visitor.send(signed_in, form_at, {"code": "COLA", "name": "可乐", "kind": "supplier"}, form_at=form_at)
    page, payer = made.headers["Location"], the_only(Payer)
    visitor.send(signed_in, f"{page}/change", {"name": "可口可乐"}, form_at=f"{page}/change")
    visitor.send(signed_in, f"{page}/activity", {"is_active": "no"}, form_at=page)
    db.session.refresh(payer)
    assert (payer.name, payer.is_active) == ("可口可乐", False)
    long = signed_in.get(f"{page}?first=2020-01-01&last=2026-01-01")
    assert (long.status_code, "不超过 400 天" in long.text) == (200, True)


def test_limits_are_changed_by_admins(signed_in: FlaskClient) -> None:
    page = "/console/clerk-limits"
    typed = {"clerk_issues_per_day": "5", "clerk_redeems_per_day": "200", "discount": "1234.5"}
    assert visitor.send(signed_in, page, typed, form_at=page).status_code == 303
    assert 'value="1234.5"' in signed_in.get(page).text


def test_a_report_about_a_store_asks_which(signed_in: FlaskClient) -> None:
    store = make_store()
    for name in ("people", "refusals"):
        page = signed_in.get(f"/console/coupon-reports/{name}").text
        assert f'<option value="{store.public_id}"' in page, name


def test_tables_are_handed_on(signed_in: FlaskClient) -> None:
    for name in ("coupon-batches", "coupon-templates", "top-rewards", "coupon-stores", "coupon-refusals"):
        answer = signed_in.get(f"/console/coupon-reports/tables/{name}.csv?first=2026-11-01&last=2026-11-30")
        assert answer.status_code == 200, name
        assert answer.mimetype == "text/csv"
        assert "attachment" in answer.headers["Content-Disposition"]
    assert signed_in.get("/console/coupon-reports/tables/everything.csv").status_code == 404


def test_nobody_is_given_a_coupon_by_looking(signed_in: FlaskClient) -> None:
    batch = issue_batch(stock=10)
    make_member()
    form_at = f"/console/coupon-batches/{batch.public_id}/issue-runs/new"
    visitor.send(signed_in, form_at, {"audience": "everyone", "note": "x y"}, form_at=form_at)
    assert db.session.scalar(select(func.count()).select_from(Coupon)) == 0
