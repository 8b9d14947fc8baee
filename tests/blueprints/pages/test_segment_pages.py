"""The builder's rows: a rule goes into the form and comes out of it the same; rows come and go; what is wrong is told by row."""

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from app.rules import segment_rule
from blueprints.console import segment_tree as tree
from tests.blueprints.pages import visitor
from tests.factories.members import make_member
from tests.factories.partners import make_key
from tests.factories.staff import make_staff

HOSTILE = "<img src=x onerror=alert(1)>"
RULE: dict[str, Any] = {
    "all": [
        {"is": "lifecycle", "any_of": ["at_risk", "lapsed"]},
        {"any": [{"is": "spent_fen", "days": 90, "min": 12345}, {"not": {"is": "has_phone"}}]},
        {"not": {"all": [{"is": "birthday_month", "any_of": [1, 12]}]}},
    ]
}


@pytest.fixture
def marketer(client: FlaskClient, now: datetime) -> FlaskClient:
    """Somebody who builds."""
    visitor.sign_in(client, make_staff("marketer"))
    return client


def as_form(root: tree.Part) -> MultiDict[str, str]:
    """What a browser would send of these rows."""
    sent: MultiDict[str, str] = MultiDict()
    for part in root.walk():
        sent.add(f"{part.path}.how" if part.how else f"{part.path}.is", part.how or part.kind)
        if part.is_not:
            sent.add(f"{part.path}.not", "y")
        for name, value in part.said.items():
            for one in value if isinstance(value, list) else [value]:
                sent.add(f"{part.path}.{name}", one)
    return sent


def test_a_rule_comes_out_of_the_form_as_it_went_in() -> None:
    root = tree.from_json({"v": 1, **RULE})
    again = tree.as_json(tree.from_form(as_form(root)))
    assert again is not None
    assert segment_rule.parse(again) == segment_rule.parse(RULE)


def test_a_lone_or_negated_question_stands_in_a_group() -> None:
    for rule in ({"is": "has_phone"}, {"not": {"is": "has_phone"}}, {"not": {"any": [{"is": "has_phone"}]}}):
        root = tree.from_json(rule)
        assert root.how == "all"
        assert tree.as_json(root) == {"all": [rule]}


def test_rows_come_and_go() -> None:
    root = tree.change(tree.empty(), "group:p")
    assert [part.path for part in root.walk()] == ["p", "p.0", "p.1", "p.1.0"]
    root = tree.change(root, "question:p.1")
    root = tree.change(root, "remove:p.0")
    assert [part.path for part in root.walk()] == ["p", "p.0", "p.0.0", "p.0.1"]
    # Nobody has chosen anything yet.
    assert tree.as_json(root) is None
    assert tree.as_json(tree.change(root, "remove:p.0")) is None


def test_nobody_can_nest_or_add_without_end() -> None:
    root = tree.empty()
    for _ in range(40):
        root = tree.change(root, "question:p")
    assert len(root.parts) == 20
    path = "p"
    deep = tree.numbered(tree.Part(how="all", parts=[]))
    for _ in range(10):
        deep = tree.change(deep, f"group:{path}")
        path = next(
            (part.path for part in deep.walk() if part.how and part.path.count(".") == path.count(".") + 1), path
        )
    assert max(part.path.count(".") for part in deep.walk()) < 6
    sent = MultiDict({"p" + ".0" * n + ".how": "all" for n in range(30)})
    assert max(part.path.count(".") for part in tree.from_form(sent).walk()) < 8


def test_a_segment_is_built_counted_saved_and_revised(marketer: FlaskClient) -> None:
    make_member(nickname=HOSTILE)
    at = "/console/segments/new"
    asked = {"name": HOSTILE, "description": HOSTILE, "p.how": "all", "p.0.is": "joined_days_ago", "p.0.max": "0"}
    seen = visitor.send(marketer, "/console/segment-look", asked, form_at=at)
    assert seen.status_code == 200
    assert 'id="found"' in seen.text
    assert HOSTILE not in seen.text
    saved = visitor.send(marketer, at, asked, form_at=at)
    assert saved.status_code == 303, saved.text
    path = saved.headers["Location"]
    shown = marketer.get(path).text
    assert "入会距今天数" in shown
    assert HOSTILE not in shown
    rule = f"{path}/rule"
    changed = visitor.send(marketer, rule, {"p.how": "all", "p.0.is": "has_phone", "p.0.not": "y"}, form_at=rule)
    assert changed.status_code == 303, changed.text
    assert "v2" in marketer.get(path).text
    assert "不满足" in marketer.get(path).text


def test_what_is_wrong_is_told_by_its_row(marketer: FlaskClient) -> None:
    at = "/console/segments/new"
    asked = {"name": "x", "p.how": "all", "p.0.is": "spent_fen", "p.0.min": "many", "p.1.is": "tag"}
    seen = visitor.send(marketer, "/console/segment-look", asked, form_at=at).text
    assert "消费金额 · 至少（元） · 请填写整数" in seen
    assert "标签 · 是其中之一 · 请填写" in seen
    refused = visitor.send(marketer, at, asked, form_at=at)
    assert refused.status_code == 422
    assert "标签 · 是其中之一 · 请填写" in refused.text
    nothing = visitor.send(marketer, at, {"name": "x", "p.how": "all"}, form_at=at)
    assert nothing.status_code == 422
    assert "请至少加一个条件" in nothing.text


def test_rows_work_without_scripts_too(marketer: FlaskClient) -> None:
    at = "/console/segments/new"
    asked = {"name": "老客", "p.how": "any", "p.0.is": "tag", "p.0.any_of": "VIP", "do": "question:p"}
    page = visitor.send(marketer, "/console/segment-rows", asked, form_at=at).text
    assert "<h1" in page
    assert 'value="老客"' in page
    assert 'id="p.1.is"' in page
    assert '<option value="VIP" selected>' in page


def test_channels_are_chosen_and_stay_chosen(marketer: FlaskClient) -> None:
    make_key(channel="webshop")
    at = "/console/segments/new"
    asked = {
        "name": "网店客",
        "p.how": "all",
        "p.0.is": "purchases",
        "p.0.channels": ["webshop", "old-shop"],
        "p.1.is": "joined_channel",
        "p.1.any_of": ["mini", "fair"],
    }
    saved = visitor.send(marketer, at, asked, form_at=at)
    assert saved.status_code == 303, saved.text
    page = marketer.get(f"{saved.headers['Location']}/rule").text
    assert set(visitor.options(page, "p.0.channels")) == {"store", "webshop", "old-shop"}
    assert set(visitor.options(page, "p.1.any_of")) == {"mini", "counter", "import", "fair"}
    # What no list has any more stays.
    assert sorted(visitor.chosen(page, "p.0.channels")) == ["old-shop", "webshop"]
    assert sorted(visitor.chosen(page, "p.1.any_of")) == ["fair", "mini"]


def test_the_grid_and_why_somebody_is_out(marketer: FlaskClient) -> None:
    person = make_member()
    assert marketer.get("/console/rfm-grid").status_code == 200
    assert marketer.get("/console/failed-messages").status_code == 200
    at = "/console/segments/new"
    asked = {"name": "有手机", "p.how": "all", "p.0.is": "has_phone"}
    path = visitor.send(marketer, at, asked, form_at=at).headers["Location"]
    led = visitor.send(marketer, f"{path}/why", {"member": str(person.public_id)}, form_at=f"{path}/why")
    told = marketer.get(led.headers["Location"]).text
    assert "不在人群里" in told
    missing = visitor.send(marketer, f"{path}/why", {"member": "not a number"}, form_at=f"{path}/why")
    assert "没有这位会员" in marketer.get(missing.headers["Location"]).text
