"""The pages that manage the shop: stores, people, keys, topics, templates, scenes, what is sent, the audit and the reports."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import MessageTemplate, PartnerKey, Programme, Staff, Store
from app.services import job_runs, message_topics, subscription_scenes, template_channels
from blueprints.console.job_words import JOBS
from jobs.count_days import count_days
from jobs.scheduler import TIMETABLE
from tests.blueprints.pages import visitor
from tests.conftest import Clock
from tests.factories.counters import make_counter
from tests.factories.members import make_member
from tests.factories.messages import make_message_template
from tests.factories.staff import make_staff, make_store
from tests.fuzz import stops


@pytest.fixture
def admin(client: FlaskClient, now: datetime) -> FlaskClient:
    visitor.sign_in(client, make_staff("admin"))
    return client


def test_a_store_and_a_person_are_let_in(admin: FlaskClient) -> None:
    bad = visitor.send(admin, "/console/stores", {"code": "一号", "name": "一号店"}, form_at="/console/stores")
    assert bad.status_code == 422
    made = visitor.send(admin, "/console/stores", {"code": "A1", "name": "一号店"}, form_at="/console/stores")
    assert made.status_code == 303
    taken = visitor.send(admin, "/console/stores", {"code": "A1", "name": "二号店"}, form_at="/console/stores")
    assert taken.status_code == 422
    store = db.session.scalars(select(Store).where(Store.code == "A1")).one()
    form = "/console/staff/new"
    person = {"login": "lee", "display_name": "小李", "role": "clerk", "store_ids": [str(store.public_id)]}
    assert visitor.send(admin, form, {**person, "password": "short"}, form_at=form).status_code == 422
    assert visitor.send(admin, form, {**person, "password": "ten letters"}, form_at=form).status_code == 303
    lee = db.session.scalars(select(Staff).where(Staff.login == "lee")).one()
    address = f"/console/staff/{lee.public_id}"
    shown = admin.get(address).text
    assert f'selected value="{store.public_id}"' in shown
    changed = {"display_name": "李明", "role": "manager", "is_active": "y"}
    assert visitor.send(admin, address, changed, form_at=address).status_code == 303
    db.session.refresh(lee)
    assert (lee.display_name, lee.role, lee.is_active) == ("李明", "manager", True)
    # Without the box the person is out.
    assert visitor.send(admin, address, {"display_name": "李明", "role": "clerk"}, form_at=address).status_code == 303
    db.session.refresh(lee)
    assert lee.is_active is False


def test_a_store_is_renamed_closed_and_opened_again(admin: FlaskClient) -> None:
    store = make_store()
    address = f"/console/stores/{store.public_id}"
    assert address in admin.get("/console/stores").text
    assert "门店编号不变" in admin.get(address).text
    assert visitor.send(admin, address, {"name": " "}, form_at=address).status_code == 422
    assert visitor.send(admin, address, {"name": "<b>新店"}, form_at=address).status_code == 303
    assert "&lt;b&gt;新店" in admin.get("/console/stores").text
    for state, words, offered in (("closed", "立即失效", "恢复营业"), ("open", "店员可以登录", "停用门店")):
        told = visitor.send(admin, f"{address}/state", {"state": state}, form_at=address)
        page = admin.get(told.headers["Location"]).text
        assert words in page and offered in page
        db.session.refresh(store)
        assert (store.is_active, store.name) == (state == "open", "<b>新店")


def test_roles_that_must_have_a_second_step(admin: FlaskClient) -> None:
    data = {"roles": ["auditor", "owner"]}
    told = visitor.send(admin, "/console/staff/second-step-roles", data, form_at="/console/staff")
    assert told.status_code == 303
    assert db.session.get_one(Programme, 1, populate_existing=True).second_step_roles == ["auditor"]


def test_a_key_is_shown_once(admin: FlaskClient) -> None:
    form = "/console/partner-keys"
    assert visitor.send(admin, form, {"name": "收银", "channel": "POS"}, form_at=form).status_code == 422
    shown = visitor.send(admin, form, {"name": "收银", "channel": "pos", "store_id": ""}, form_at=form)
    assert shown.status_code == 200
    key = db.session.scalars(select(PartnerKey)).one()
    assert key.key_id in shown.text
    secret = re.findall(r'<code class="user-select-all text-break">([^<]+)</code>', shown.text)[0]
    assert secret not in admin.get(form).text
    replaced = visitor.send(admin, f"{form}/{key.public_id}/rotation", {}, form_at=form)
    assert replaced.status_code == 200
    assert secret not in replaced.text
    assert visitor.send(admin, f"{form}/{key.public_id}/revocation", {}, form_at=form).status_code == 303


def test_a_topic_is_made_and_changed(admin: FlaskClient) -> None:
    form = "/console/message-topics/new"
    topic = {"name": "新品", "name_en": "New", "is_marketing": "y", "cool_off_days": "3", "channel_1": "subscribe"}
    assert visitor.send(admin, form, {**topic, "code": "Big"}, form_at=form).status_code == 422
    made = visitor.send(admin, form, {**topic, "code": "news", "channel_2": "sms"}, form_at=form)
    assert made.status_code == 303
    found = next(one for one in message_topics.list_all() if one.code == "news")
    assert (found.channels, found.cool_off_days, found.is_marketing) == (["subscribe", "sms"], 3, True)
    address = "/console/message-topics/news"
    twice = visitor.send(admin, address, {**topic, "channel_2": "subscribe"}, form_at=address)
    assert twice.status_code == 422
    assert visitor.send(admin, address, {**topic, "channel_1": "email"}, form_at=address).status_code == 303
    db.session.refresh(found)
    assert found.channels == ["email"]
    assert admin.get("/console/message-topics/nothing").status_code == 404


def test_a_template_with_its_texts(admin: FlaskClient) -> None:
    form = "/console/message-templates/new"
    body: dict[str, Any] = {
        "code": "arrival",
        "title": "到货提醒",
        "topic": message_topics.list_all()[0].code,
        "wechat_template_id": "abc",
        "page": "pages/home/index",
        "enums": "phrase2 = 已到货、部分到货",
    }
    assert visitor.send(admin, form, {**body, "fields": "thing1"}, form_at=form).status_code == 422
    made = visitor.send(admin, form, {**body, "fields": "thing1 = 商品\n\nphrase2 = 状态"}, form_at=form)
    assert made.status_code == 303, made.text
    template = db.session.scalars(select(MessageTemplate).where(MessageTemplate.code == "arrival")).one()
    assert (template.fields, template.enums) == (
        {"thing1": "商品", "phrase2": "状态"},
        {"phrase2": ["已到货", "部分到货"]},
    )
    address = f"/console/message-templates/{template.public_id}"
    change = f"{address}/change"
    shown = admin.get(change).text
    assert "phrase2 = 已到货、部分到货" in shown
    changed = {**body, "fields": "thing1 = 货品", "enums": ""}
    assert visitor.send(admin, change, changed, form_at=change).status_code == 303
    db.session.refresh(template)
    assert (template.fields, template.is_enabled) == ({"thing1": "货品"}, False)
    letter = f"{address}/channels/email"
    wrong = visitor.send(admin, letter, {"subject": "到货", "body_text": "{nothing}"}, form_at=letter)
    assert wrong.status_code == 422
    text = {"subject": "到货了", "body_text": "{nickname}，\r\n{thing1} 到了。"}
    assert visitor.send(admin, letter, text, form_at=letter).status_code == 303
    sms = f"{address}/channels/sms"
    told = {"external_template_id": "SMS_1", "fields": "name = {thing1}"}
    assert visitor.send(admin, sms, told, form_at=sms).status_code == 303
    texts = {one.channel: one for one in template_channels.list_texts(template)}
    assert texts["email"].body == "{nickname}，\n{thing1} 到了。"
    assert texts["sms"].fields == {"name": "{thing1}"}
    assert visitor.send(admin, f"{sms}/removal", {}, form_at=address).status_code == 303
    assert [one.channel for one in template_channels.list_texts(template)] == ["email"]
    assert admin.get(f"{address}/channels/pigeon").status_code == 404
    checked = visitor.send(admin, f"{address}/check", {}, form_at=address)
    assert checked.status_code == 200
    assert "微信账号中没有这个模板" in checked.text


def test_a_scene_asks_for_templates(admin: FlaskClient, now: datetime) -> None:
    first, second = make_message_template(), make_message_template()
    form = "/console/subscription-scenes/edit"
    chosen = {
        "templates": [str(first.public_id), str(second.public_id)],
        f"weight-{first.public_id}": "40",
        f"weight-{second.public_id}": "x",
    }
    assert visitor.send(admin, form, {**chosen, "scene": "After"}, form_at=form).status_code == 422
    assert visitor.send(admin, form, {**chosen, "scene": "after_meal"}, form_at=form).status_code == 303
    (scene,) = (one for one in subscription_scenes.list_all() if one.scene == "after_meal")
    assert {one.template.id: one.weight for one in scene.templates} == {first.id: 40, second.id: 10}
    shown = admin.get(f"{form}?scene=after_meal").text
    assert shown.count("checked") == 2
    assert visitor.send(admin, form, {"scene": "after_meal"}, form_at=form).status_code == 303
    assert [one.scene for one in subscription_scenes.list_all() if one.scene == "after_meal"] == []


def test_a_manager_lets_sending_go_on(client: FlaskClient, now: datetime) -> None:
    visitor.sign_in(client, make_staff("manager"))
    template = make_message_template()
    stops.stock(template, now=now)
    page = client.get("/console/sending").text
    assert template.code in page
    assert "40037" in page
    for path, data in (
        ("templates", {"message_template_id": str(template.public_id), "step": "close"}),
        ("accounts", {"account": stops.ACCOUNT, "step": "close"}),
        ("accounts", {"account": stops.ACCOUNT, "step": "let_go"}),
    ):
        assert visitor.send(client, f"/console/sending/{path}", data, form_at="/console/sending").status_code == 303
    assert template.code not in client.get("/console/sending").text


def test_the_audit_is_narrowed_down(admin: FlaskClient, now: datetime) -> None:
    store = make_store(name="<b>店</b>")
    page = admin.get("/console/audit", query_string={"action": "store.create", "store_id": str(store.public_id)}).text
    assert "&lt;b&gt;店" in page
    assert "<b>店" not in page
    assert "没有符合条件的记录" in admin.get("/console/audit?action=no.such").text
    unknown = admin.get("/console/audit?object_kind=tag&object_id=0190f9a8-0000-7000-8000-000000000000")
    assert (unknown.status_code, 'role="alert"' in unknown.text) == (200, True)
    table = admin.get("/console/audit.csv?action=store.create")
    assert table.headers["Content-Disposition"].startswith("attachment")
    assert "store.create" in table.text


def test_reports_and_dashboard(client: FlaskClient, standing_clock: Clock) -> None:
    now = standing_clock.now
    visitor.sign_in(client, make_staff("auditor"))
    empty = client.get("/console").text
    assert "还没有数据" in empty
    make_member(now=now - timedelta(days=40))
    counter = make_counter()
    counter.settle(bill_fen=123_456)
    for _ in range(3):
        count_days(now=now)
    page = client.get("/console?days=7")
    assert page.status_code == 200
    assert "¥1,234.56" in page.text
    assert page.text.count("<figure") >= 3
    assert client.get("/console?days=nonsense").status_code == 200
    english = client.get("/console", headers={"Accept-Language": "en"}).text
    assert "Repeat purchase rate" in english
    for report in ("points-liability", "trial-balance"):
        assert client.get(f"/console/reports/{report}").status_code == 200
        assert client.get(f"/console/reports/{report}.csv").mimetype == "text/csv"
    assert client.get("/console/reports/marketing").status_code == 200
    assert "400" in client.get("/console/reports/marketing?first=2020-01-01&last=2026-01-01").text


def test_every_tick_is_told_in_words() -> None:
    assert set(JOBS) == {tick.job.__name__ for tick in TIMETABLE}


def test_jobs_say_how_they_did(client: FlaskClient, now: datetime) -> None:
    visitor.sign_in(client, make_staff("admin"))
    assert "还没有运行记录" in client.get("/console/jobs").text
    for name, ok, counts in (
        ("seal_audit", True, {"sealed": 3}),
        ("seal_audit", False, {}),
        ("verify_ledger", True, {}),
    ):
        job_runs.record(name, started_at=now, finished_at=now, ok=ok, counts=counts, error=None if ok else "Boom")
    page = client.get("/console/jobs").text
    assert page.count("<tr>") == 3
    assert "失败" in page
    diary = client.get("/console/jobs/seal_audit").text
    assert ("Boom" in diary, "封存" in diary) == (True, True)
    assert "没有这个任务" in client.get("/console/jobs/nothing").text
