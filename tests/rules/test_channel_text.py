"""How values are filled in: once, on one line where one line is wanted, cut where there is a limit."""

import pytest

from app.errors import MessageFieldsInvalid
from app.rules import channel_text, email_address

VALUES = {"nickname": "小雨😀{shop}", "shop": "回头\n小店", "thing1": "全场八折", "date": "2026年12月1日"}


def test_a_nickname_stays_a_nickname_and_no_line_breaks_a_subject() -> None:
    subject, body = channel_text.fill_email("{shop}：{thing1}", "{nickname}，\n\n  您好  \n{thing1}", VALUES)
    assert subject == "回头 小店：全场八折"
    assert body == "小雨😀{shop}，\n\n您好\n全场八折"


def test_what_is_too_long_is_cut() -> None:
    subject, _ = channel_text.fill_email("{thing1}", "x", {"thing1": "长" * 90})
    assert subject == "长" * 69 + "…"
    assert channel_text.fill_sms({"a": "{thing1}"}, {"thing1": "长" * 40}) == {"a": "长" * 34 + "…"}
    assert channel_text.fill_official({"thing1": "{thing1}"}, {"thing1": "长" * 40}) == {"thing1": "长" * 19 + "…"}


def test_signs_the_others_refuse_are_left_out() -> None:
    assert channel_text.fill_sms({"a": "{nickname}"}, VALUES) == {"a": "小雨{shop}"}
    assert channel_text.fill_official({"thing1": "{nickname}"}, {"nickname": "😀"}) == {"thing1": "会员"}


def test_a_value_of_the_wrong_type_is_told() -> None:
    with pytest.raises(MessageFieldsInvalid) as refused:
        channel_text.fill_official({"time2": "{thing1}"}, VALUES)
    assert refused.value.data["fields"] == {"time2": "too_long_or_wrong_type"}


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (" Lin@Example.COM ", "Lin@example.com"),
        ("a.b+c@x-y.co", "a.b+c@x-y.co"),
        ("张@例子.中国", None),
        ("lin@例子.中国", "lin@xn--fsqu00a.xn--fiqs8s"),
        ("lin@xn--fsqu00a.xn--fiqs8s", "lin@xn--fsqu00a.xn--fiqs8s"),
        ("a@b", None),
        ("@b.com", None),
        ("a@.com", None),
        ("a@b.c1", "a@b.c1"),
        ("a@b.1c", None),
        ("a@-b.com", None),
        ('"a b"@c.com', None),
        (".a@b.com", None),
        ("a..b@c.com", None),
        ("a@b.com\n", "a@b.com"),
        ("a@b.com,c@d.com", None),
        ("a" * 64 + "@" + "b" * 63 + ".com", "a" * 64 + "@" + "b" * 63 + ".com"),
        ("a@" + "b" * 64 + ".com", None),
        ("a@" + ".".join(["b" * 60] * 5) + ".com", None),
    ],
)
def test_addresses(written: str, address: str | None) -> None:
    assert email_address.parse(written) == address


def test_masks_and_keys() -> None:
    assert email_address.mask("lin@example.com") == "l***@example.com"
    assert email_address.key_of("Lin@Example.com") == email_address.key_of("lin@example.COM")
