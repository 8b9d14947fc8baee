"""What the API finds wrong with a field, in words for whoever typed it."""

import re
from collections.abc import Mapping
from typing import Final

from blueprints.pages.words import Pair

WORDS: Final[Mapping[str, Pair]] = {
    "required": Pair("请填写。", "Fill this in."),
    "out_of_range": Pair("超出允许的范围。", "Out of the range allowed."),
    "not_a_whole_number": Pair("请填写整数。", "Enter a whole number."),
    "not_a_text": Pair("请填写 1 到 100 个字，不要换行。", "Enter 1 to 100 characters on one line."),
    "not_a_list": Pair("请填写 1 到 200 项。", "Enter 1 to 200 entries."),
    "not_a_name": Pair(
        "请用小写字母、数字和下划线，以字母开头。", "Use small letters, digits and underscores, a letter first."
    ),
    "not_a_date": Pair("日期请写成 2026-12-25 或 12-25。", "Write dates as 2026-12-25 or 12-25."),
    "wrong_form": Pair("格式不对，请核对后重填。", "Not of the form expected; check it."),
}
# What the API's schema says in English, as the code it amounts to.
SCHEMA_SAYS: Final = (
    ("Field required", "required"),
    ("String should have at least 1 char", "required"),
    ("String should match pattern '^[a-z]", "not_a_name"),
    ("String should match pattern", "wrong_form"),
    ("Input should be a valid integer", "not_a_whole_number"),
)
# The same with a bound in it, which is told.
BOUNDS: Final = (
    (re.compile(r"should have at least (\d+)"), Pair("至少 {}。", "At least {} of it.")),
    (re.compile(r"should have at most (\d+)"), Pair("最多 {}。", "At most {} of it.")),
    (re.compile(r"should be greater than or equal to (-?\d+)"), Pair("不能小于 {}。", "Not below {}.")),
    (re.compile(r"should be greater than (-?\d+)"), Pair("须大于 {}。", "Above {}.")),
    (re.compile(r"should be less than or equal to (-?\d+)"), Pair("不能大于 {}。", "Not above {}.")),
    (re.compile(r"should be less than (-?\d+)"), Pair("须小于 {}。", "Below {}.")),
)


def word(reason: str, more: Mapping[str, Pair]) -> str:
    """A code of the API, or what its schema says, in the reader's language; `more` knows the codes of a noun."""
    code = next((code for begins, code in SCHEMA_SAYS if reason.startswith(begins)), reason)
    known = more.get(code) or WORDS.get(code)
    if known is not None:
        return str(known)
    for bound, text in BOUNDS:
        if (found := bound.search(reason)) is not None:
            return str(text).format(found[1])
    return reason
