"""The campaign's pages without a screen: written through the form, looked at on every page, taken through its life."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.models import MessageTemplate
from app.services import campaign_reviews, campaigns
from blueprints.console.campaign_forms import TIMING
from tests.blueprints.pages import visitor
from tests.factories.messages import make_campaign, make_message_template, make_reachable, staff_actor
from tests.factories.partners import make_key
from tests.factories.staff import make_staff, make_store

HOSTILE = "<img src=x onerror=alert(1)>"
SUBMISSION = re.compile(r'name="submitted_at" value="([^"]+)"')
PAGES = ("", "/pre-flight", "/test-sends", "/runs", "/results", "/deliveries", "/edit", "/progress")


@pytest.fixture
def template(client: FlaskClient, now: datetime) -> MessageTemplate:
    """A template somebody can be reached by, and a marketer at the console."""
    made = make_message_template()
    make_reachable(made)
    visitor.sign_in(client, make_staff("marketer"))
    return made


def form(template: MessageTemplate, **changes: Any) -> dict[str, Any]:
    values = {
        "kind": "one_off",
        "template": str(template.public_id),
        "name": HOSTILE,
        "thing1": "{nickname}，全场八折",
        "date2": "{date}",
        "holdout_percent": "5",
        "benefit_for": "reached",
        "scheduled_at": "2026-12-01T10:00",
        "max_late_minutes": "60",
        "priority": "7",
    }
    return values | changes


def write(client: FlaskClient, template: MessageTemplate, **changes: Any) -> Any:
    sent = form(template, **changes)
    at = f"/console/campaigns/new?kind={sent['kind']}&template={template.public_id}"
    return visitor.send(client, "/console/campaigns/new", sent, form_at=at)


def test_a_campaign_is_written_and_every_page_of_it_opens(client: FlaskClient, template: MessageTemplate) -> None:
    made = write(client, template, share_A="50", share_B="50", thing1_B="{nickname}，换个说法")
    assert made.status_code == 303, made.text
    path = made.headers["Location"].removesuffix("/pre-flight")
    for page in PAGES:
        answer = client.get(path + page)
        assert answer.status_code == 200, page
        assert HOSTILE not in answer.text
    shown = client.get(path + "/edit").text
    for kept in ('value="2026-12-01T10:00"', 'value="60"', 'value="5"', 'value="{nickname}，换个说法"', 'value="50"'):
        assert kept in shown, kept
    listed = client.get("/console/campaigns").text
    assert "草稿" in listed


def test_what_is_wrong_stands_beside_its_field(client: FlaskClient, template: MessageTemplate) -> None:
    unreadable = write(client, template, scheduled_at="tomorrow", holdout_percent="many", points_gift="1.5")
    assert unreadable.status_code == 422
    for words in ("请选择日期和时间", "请填写百分比", "请填写整数"):
        assert words in unreadable.text
    refused = write(client, template, date2="明天")
    assert refused.status_code == 422
    assert "太长或格式不对" in refused.text


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (
            "recurring",
            {"every": "week", "weekdays": ["1", "5"], "step": "2", "starts_on": "2026-12-07", "send_time": "10:00"},
        ),
        ("recurring", {"every": "month", "month_days": "-1, 1, 15", "send_time": "10:00", "ends_on": "2027-03-01"}),
        ("festival", {"festival": "mid_autumn", "days_before": "2", "send_time": "18:30"}),
        ("anniversary", {"days_before": "0", "years": "1, 3"}),
        ("after_purchase", {"days_after": "3", "stores": "HZ001", "min_paid_fen": "88.5", "is_member_time": "y"}),
        ("points_will_expire", {"min_points": "100"}),
        ("tier_up", {"tiers": "gold"}),
    ],
)
def test_each_kind_has_its_own_questions(
    client: FlaskClient, template: MessageTemplate, kind: str, changes: dict[str, Any]
) -> None:
    made = write(client, template, kind=kind, scheduled_at="", **changes)
    assert made.status_code == 303, made.text
    path = made.headers["Location"].removesuffix("/pre-flight")
    assert client.get(path).status_code == 200
    # Shown and sent again it says the same.
    shown = client.get(path + "/edit").text
    for value in changes.values():
        for one in value if isinstance(value, list) else [value]:
            assert f'value="{one}"' in shown, one
    again = visitor.send(
        client, path + "/edit", form(template, kind=kind, scheduled_at="", **changes), form_at=path + "/edit"
    )
    assert again.status_code == 303, again.text


@pytest.mark.parametrize(
    ("question", "offered", "taken"),
    [
        ("welcome channels", {"mini", "counter", "import"}, ["mini", "import"]),
        ("after_purchase channels", {"store", "webshop"}, ["store", "webshop"]),
        ("after_purchase stores", {"HZ001", "HZ002"}, ["HZ002"]),
        ("tier_up tiers", {"basic", "silver", "gold", "diamond"}, ["silver", "gold"]),
    ],
)
def test_codes_are_chosen_and_stay_chosen(
    client: FlaskClient, template: MessageTemplate, question: str, offered: set[str], taken: list[str]
) -> None:
    kind, name = question.split()
    make_key(channel="webshop")
    for code in ("HZ001", "HZ002"):
        make_store(code=code)
    at = f"/console/campaigns/new?kind={kind}&template={template.public_id}"
    assert set(visitor.options(client.get(at).text, name)) == offered
    days = {"days_after": "1"} if "days_after" in TIMING[kind] else {}
    made = write(client, template, kind=kind, scheduled_at="", **days, **{name: [*taken, "old-one"]})
    assert made.status_code == 303, made.text
    path = made.headers["Location"].removesuffix("/pre-flight")
    campaign = campaigns.get_by_public_id(uuid.UUID(path.rpartition("/")[2]))
    assert sorted(campaign.conditions[name]) == sorted([*taken, "old-one"])
    # What no list has any more stays, too, also beside a mistake.
    assert visitor.chosen(client.get(path + "/edit").text, name) == [*taken, "old-one"]
    sent = form(template, kind=kind, scheduled_at="", holdout_percent="much", **days, **{name: ["old-one"]})
    refused = visitor.send(client, path + "/edit", sent, form_at=path + "/edit")
    assert (refused.status_code, visitor.chosen(refused.text, name)) == (422, ["old-one"])


def test_a_second_person_approves_and_the_buttons_follow_the_state(
    client: FlaskClient, template: MessageTemplate
) -> None:
    author = make_staff("marketer")
    campaign = make_campaign(template, by=author)
    path = f"/console/campaigns/{campaign.public_id}"
    visitor.send(client, f"{path}/submit", {}, form_at=path)
    # Whoever signed in submitted it, and cannot approve it.
    assert f"{path}/approve" not in client.get(path).text
    visitor.send(client, "/console/sign-out", {}, form_at="/console")
    visitor.sign_in(client, make_staff("manager"))
    visitor.send(client, f"{path}/reject", {"reason": HOSTILE}, form_at=path)
    page = client.get(path).text
    assert "审批人请你修改" in page
    assert HOSTILE not in page
    assert f"{path}/schedule" not in page


def test_a_page_left_open_approves_nothing_that_was_changed_since(
    client: FlaskClient, template: MessageTemplate, now: datetime
) -> None:
    campaign, author = make_campaign(template, by=make_staff("marketer")), staff_actor()
    path = f"/console/campaigns/{campaign.public_id}"
    visitor.send(client, f"{path}/submit", {}, form_at=path)
    visitor.send(client, "/console/sign-out", {}, form_at="/console")
    visitor.sign_in(client, make_staff("manager"))
    left_open = SUBMISSION.findall(client.get(path).text)[0]
    later = now + timedelta(minutes=1)
    campaigns.change(campaign, {"name": "改过了"}, actor=author, now=later)
    campaign_reviews.submit(campaign, actor=author, now=later)
    visitor.send(client, f"{path}/approve", {"submitted_at": left_open}, form_at=path)
    page = client.get(path).text
    assert "看过现在的内容再批准" in page
    visitor.send(client, f"{path}/approve", {"submitted_at": SUBMISSION.findall(page)[0]}, form_at=path)
    assert f"{path}/approve" not in client.get(path).text


def test_the_phone_beside_the_form_follows_what_is_typed(client: FlaskClient, template: MessageTemplate) -> None:
    typed = form(template, thing1=HOSTILE, points_gift="x")
    at = f"/console/campaigns/new?kind=one_off&template={template.public_id}"
    seen = visitor.send(client, "/console/message-preview", typed, form_at=at)
    assert seen.status_code == 200
    assert HOSTILE not in seen.text
    assert "data-fragment" in seen.text
    assert "28 / 20" in seen.text


def test_the_calendar_and_the_kinds_and_templates_to_choose(client: FlaskClient, template: MessageTemplate) -> None:
    for path in ("/console/calendar", "/console/calendar?month=2027-02", "/console/calendar?month=never"):
        assert client.get(path).status_code == 200
    assert "久未消费" in client.get("/console/campaigns/new").text
    assert "优惠活动通知" in client.get("/console/campaigns/new?kind=one_off").text
    assert client.get("/console/automations").status_code == 200
