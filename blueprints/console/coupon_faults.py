"""What the API finds wrong with terms and conditions, said to whoever typed them, beside the field."""

from collections.abc import Mapping
from typing import Final

from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair, t

NOT_SIGNED_IN = 401
WORDS: Final[Mapping[str, Pair]] = {
    "required": Pair("请填写。", "Fill this in."),
    "out_of_range": Pair("超出允许的范围。", "Out of the range allowed."),
    "below_value": Pair("门槛不能低于优惠金额。", "Must not be below the amount taken off."),
    "unknown": Pair("有不存在的门店或等级，请重新选择。", "There is no such store or tier; choose again."),
    "unknown_kind": Pair("没有这种券。", "There is no such kind of coupon."),
    "not_a_whole_number": Pair("请填写整数。", "Enter a whole number."),
    "not_a_text": Pair("请填写 1 到 100 个字，不要换行。", "Enter 1 to 100 characters on one line."),
    "not_a_list": Pair("请填写 1 到 200 项。", "Enter 1 to 200 entries."),
    "not_a_name": Pair(
        "请用小写字母、数字和下划线，以字母开头。", "Use small letters, digits and underscores, a letter first."
    ),
    "not_a_date": Pair("日期请写成 2026-12-25 或 12-25。", "Write dates as 2026-12-25 or 12-25."),
    "not_for_this_kind": Pair("这种券不需要此项。", "Not for this kind of coupon."),
    "not_for_this_event": Pair("此事件不支持这个条件。", "Not for this event."),
    "only_one": Pair("“领取后天数”和“固定日期”只能选一种。", "Days after claiming or fixed dates, not both."),
    "only_with_valid_days": Pair("只能和“领取后天数”一起用。", "Only with days after claiming."),
    "only_with_valid_until": Pair("只能和截止日期一起用。", "Only with a last day."),
    "empty_interval": Pair("结束必须晚于开始。", "The end must come after the beginning."),
    "also_included": Pair("同一项不能既包含又排除。", "The same entry cannot be both included and left out."),
    "exactly_one_of_streak_and_monthly_count": Pair(
        "连续天数和当月天数，请只填一项。", "Give either days in a row or days in the month."
    ),
}


# What the API's schema says in English, before the grammar is asked, as the word it amounts to.
SCHEMA_SAYS: Final = (
    ("Field required", "required"),
    ("String should match pattern '^[a-z]", "not_a_name"),
    ("String should match pattern", "not_a_date"),
    ("String should have", "not_a_text"),
    ("List should have", "not_a_list"),
    ("Input should be a valid integer", "not_a_whole_number"),
    ("Input should be greater", "out_of_range"),
    ("Input should be less", "out_of_range"),
)


def _word(reason: str) -> str:
    return next((word for begins, word in SCHEMA_SAYS if reason.startswith(begins)), reason)


def take(form: PageForm, refusal: ApiRefusal, *, fields: Mapping[str, str] | None = None) -> None:
    """Mark what the API refused; `fields` says which field of the form a word of the API is typed in."""
    if refusal.status == NOT_SIGNED_IN:
        raise refusal
    elsewhere = []
    for place, reasons in refusal.fields.items():
        name = place.removeprefix("terms.").removeprefix("conditions.").partition(".")[0]
        said = [str(WORDS.get(_word(reason), reason)) for reason in reasons]
        field = form._fields.get((fields or {}).get(name, name))
        if field is None:
            elsewhere.append(f"{name}: {' '.join(said)}")
        else:
            field.errors = [*field.errors, *said]
    # Every field with its own word is enough; the rest is said above the form.
    told = (
        refusal.message if not refusal.fields or elsewhere else t("请更正标出的内容。", "Correct what is marked below.")
    )
    form.form_errors = [*form.form_errors, " ".join([told, *elsewhere])]
