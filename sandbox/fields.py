"""Checks the data of a message against its template, key by key, as WeChat's keyword table says."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from sandbox.errors import WxError
from sandbox.template_book import Keyword, Template

SHOWN = 30  # WeChat cuts the part that names the field to this many characters
MISSPELT_EMPTY = "is emtpy"  # WeChat's own spelling
CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
DAY = r"(?:\d{4}年(?:0?[1-9]|1[0-2])月(?:0?[1-9]|[12]\d|3[01])日|\d{4}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01]))"
MOMENT = rf"{DAY}(?: ?{CLOCK})?"
TIME = rf"(?:{CLOCK}|{MOMENT})"

# Marks that stand for forbidden content, so that a test needs no forbidden words.
RISKY_MARKS = {"[广告]": 10001, "[时政]": 20001, "[色情]": 20002, "[辱骂]": 20003, "[违法]": 20006, "[欺诈]": 20008}


def check_data(template: Template, data: object) -> dict[str, str]:
    """Return the values by key, or raise 47003 naming the first wrong field, 45168 for a forbidden word."""
    if not isinstance(data, Mapping):
        raise WxError(47003, "argument invalid! data is not a json object")
    values = {}
    for keyword in template.keywords:
        values[keyword.key] = _check_value(keyword, data.get(keyword.key))
    for key in data:
        if key not in values:
            raise _invalid(key)
    if any("[" in value and any(mark in value for mark in RISKY_MARKS) for value in values.values()):
        raise WxError(45168)
    return values


def is_valid(rule: str, value: str) -> bool:
    """Whether a non-empty value obeys the rule of its key; an unknown rule is read as `thing`."""
    if not value.isprintable() and any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        return False
    return RULES.get(rule, _thing)(value)


def _check_value(keyword: Keyword, item: object) -> str:
    if item is None:
        raise _empty(keyword.key)
    value = item.get("value") if isinstance(item, Mapping) else None
    if value is None or value == "":
        raise _empty(keyword.key)
    if not isinstance(value, str) or not is_valid(keyword.rule, value):
        raise _invalid(keyword.key)
    if keyword.enum and value not in keyword.enum:
        raise _invalid(keyword.key)
    return value


def _empty(key: str) -> WxError:
    return WxError(47003, "argument invalid! " + f"data.{key}.value {MISSPELT_EMPTY}"[:SHOWN])


def _invalid(key: str) -> WxError:
    return WxError(47003, "argument invalid! " + f"data.{key}.value invalid"[:SHOWN])


def _thing(value: str) -> bool:
    return len(value) <= 20 and bool(value.strip())


def _name(value: str) -> bool:
    return len(value) <= 20 if value.isascii() else len(value) <= 10


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(rf"(?:{pattern})\Z")
    return lambda value: compiled.match(value) is not None


RULES: dict[str, Callable[[str], bool]] = {
    "thing": _thing,
    "const": _thing,
    "enum": _thing,
    "enum_string": _thing,
    "name": _name,
    "number": _matches(r"(?=.{1,32}\Z)[0-9]+(?:\.[0-9]+)?"),
    "letter": _matches(r"[A-Za-z]{1,32}"),
    "symbol": _matches(r"[^\w\s]{1,5}"),
    "character_string": _matches(r"[!-~]{1,32}"),
    "time": _matches(rf"{TIME}(?: ?~ ?{TIME})?"),
    "date": _matches(rf"{MOMENT}(?: ?~ ?(?:{MOMENT}|{CLOCK}))?"),
    "amount": _matches(r"[¥￥$€£]?(?=[0-9.]{1,11}元?\Z)[0-9]{1,10}(?:\.[0-9]+)?元?"),
    "phone_number": _matches(r"[0-9+\-() #*]{1,17}"),
    "car_number": _matches(r"[一-鿿A-Za-z][A-Za-z0-9]{0,6}[一-鿿A-Za-z0-9]?"),
    "phrase": _matches(r"[一-鿿]{1,5}"),
}
