"""WeChat's keyword table, and texts filled for one member."""

import pytest

from app.errors import MessageFieldsInvalid
from app.rules import message_fields, message_text

MEMBER = {
    "nickname": "小雨",
    "date": "2026年12月1日",
    "shop": "回头",
    "tier": "银卡会员",
    "points": "120",
    "coupon": "满50减10",
    "amount": "¥10.00",
}


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("thing1", "生日快乐", None),
        ("thing1", "一" * 20, None),
        ("thing1", "一" * 21, "too_long_or_wrong_type"),
        ("thing1", "", "empty"),
        ("thing1", "   ", "empty"),
        ("thing1", " 生日", "blank_at_the_ends"),
        ("thing1", "换\n行", "control_character"),
        ("thing1", "\ud800", "control_character"),
        ("number2", "12.50", None),
        ("number2", "1" * 33, "too_long_or_wrong_type"),
        ("number2", "十二", "too_long_or_wrong_type"),
        ("letter3", "ABC", None),
        ("letter3", "A1", "too_long_or_wrong_type"),
        ("symbol4", "!?#", None),
        ("symbol4", "abc", "too_long_or_wrong_type"),
        ("character_string5", "A1-B2#", None),
        ("character_string5", "券码", "too_long_or_wrong_type"),
        ("time6", "15:01", None),
        ("time6", "2019年10月1日 15:01", None),
        ("time6", "2026年12月1日 10:00~2026年12月3日 22:00", None),
        ("time6", "25:01", "too_long_or_wrong_type"),
        ("date7", "2019年10月1日", None),
        ("date7", "2020-08-17 20:33:09", None),
        ("date7", "明天", "too_long_or_wrong_type"),
        ("amount8", "¥20.00", None),
        ("amount8", "20元", None),
        ("amount8", "12345678901", "too_long_or_wrong_type"),
        ("phone_number9", "+86-138 0013", None),
        ("phone_number9", "1" * 18, "too_long_or_wrong_type"),
        ("car_number10", "粤A8Z888挂", None),
        ("name11", "王小明", None),
        ("name11", "一" * 11, "too_long_or_wrong_type"),
        ("name11", "Alexander Hamilton", None),
        ("name11", "小明1", "too_long_or_wrong_type"),
        ("phrase12", "即将到期", None),
        ("phrase12", "到期 soon", "too_long_or_wrong_type"),
        ("phrase12", "一二三四五六", "too_long_or_wrong_type"),
        ("mystery1", "什么", "unknown_type"),
        ("thing", "什么", "unknown_type"),
        ("1thing", "什么", "unknown_type"),
    ],
)
def test_each_type_takes_what_wechat_takes(key: str, value: str, problem: str | None) -> None:
    assert message_fields.find_problem(key, value) == problem


def test_an_enum_field_takes_only_its_choices() -> None:
    assert message_fields.find_problem("enum_string1", "堂食", choices=["堂食", "外带"]) is None
    assert message_fields.find_problem("enum_string1", "外卖", choices=["堂食", "外带"]) == "not_a_choice"


def test_values_and_fields_must_be_the_same_keys() -> None:
    problems = message_text.find_problems(
        {"thing1": "名称", "date2": "日期"}, {"thing1": "好", "thing9": "多"}, choices={}, has_gift=False
    )
    assert problems == {"date2": "missing", "thing9": "not_in_template"}


@pytest.mark.parametrize(
    ("value", "has_gift", "problem"),
    [
        ("{nickname}，你好", False, None),
        ("送您{coupon}", True, None),
        ("送您{coupon}", False, "placeholder_needs_a_gift"),
        ("{nick}，你好", False, "unknown_placeholder"),
        ("{nickname，你好", False, "unknown_placeholder"),
        ("{}你好", False, "unknown_placeholder"),
        # What the marketer wrote too long is shown, not cut.
        ("好" * 21, False, "too_long_or_wrong_type"),
    ],
)
def test_placeholders_are_known_before_anything_is_stored(value: str, has_gift: bool, problem: str | None) -> None:
    found = message_text.find_problems({"thing1": "名称"}, {"thing1": value}, choices={}, has_gift=has_gift)
    assert found.get("thing1") == problem


def test_a_placeholder_must_fit_the_type_of_its_field() -> None:
    fields = {"date1": "日期", "amount2": "金额", "number3": "积分", "phrase4": "状态"}
    values = {"date1": "{date}", "amount2": "{amount}", "number3": "{points}", "phrase4": "{nickname}"}
    problems = message_text.find_problems(fields, values, choices={}, has_gift=True)
    assert problems == {"phrase4": "too_long_or_wrong_type"}


def test_a_long_name_is_cut_inside_the_limit() -> None:
    member = {**MEMBER, "nickname": "很长" * 20}
    text = message_text.render({"thing1": ""}, {"thing1": "{nickname}，生日快乐"}, member, choices={})["thing1"]
    assert len(text) == 20
    assert text.endswith("…")


@pytest.mark.parametrize(
    ("nickname", "thing", "name"),
    [
        ("小雨", "小雨，你好", "小雨"),
        ("🎂小雨🎂", "小雨，你好", "小雨"),
        ("小\t雨\u200b ", "小 雨，你好", "小 雨"),
        # A nickname is data: it is filled in once and never read as a placeholder.
        ("{points}", "{points}，你好", "points"),
        ("", "，你好", "会员"),
        ("🎂", "，你好", "会员"),
        ("王小明123", "王小明123，你好", "王小明"),
    ],
)
def test_nicknames_of_every_kind(nickname: str, thing: str, name: str) -> None:
    data = message_text.render(
        {"thing1": "", "name2": ""},
        {"thing1": "{nickname}，你好", "name2": "{nickname}"},
        {**MEMBER, "nickname": nickname},
        choices={},
    )
    assert data == {"thing1": thing, "name2": name}


def test_a_text_of_a_nameless_member_is_not_empty() -> None:
    assert message_text.render({"thing1": ""}, {"thing1": "{nickname}"}, {**MEMBER, "nickname": ""}, choices={}) == {
        "thing1": "会员"
    }


def test_what_still_does_not_fit_is_refused_with_the_field() -> None:
    with pytest.raises(MessageFieldsInvalid) as caught:
        message_text.render({"phrase1": ""}, {"phrase1": "{tier}"}, {**MEMBER, "tier": "VIP"}, choices={})
    assert caught.value.data == {"fields": {"phrase1": "too_long_or_wrong_type"}}


def test_money_and_dates_as_wechat_writes_them() -> None:
    assert message_text.money(2005) == "¥20.05"
    assert message_fields.find_problem("amount1", message_text.money(1_000_000_000)) is None
