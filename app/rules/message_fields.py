"""What WeChat takes in each typed field of a message template, checked before a grant is spent on a refusal.

A field's key is its type and a number: "thing1", "date2". Source: WeChat's page of parameter rules; docs/domain/messages.md.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

KEY: Final = re.compile(r"([a-z]+(?:_[a-z]+)*)([0-9]{1,4})")

_CLOCK: Final = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_DAY: Final = (
    r"(?:[0-9]{4}年(?:0?[1-9]|1[0-2])月(?:0?[1-9]|[12][0-9]|3[01])日"
    r"|[0-9]{4}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12][0-9]|3[01]))"
)
_MOMENT: Final = rf"{_DAY}(?: {_CLOCK})?"
_TIME: Final = rf"(?:{_CLOCK}|{_MOMENT})"

# Characters a value may have; only these types are cut to fit, the others are right or wrong as a whole.
TEXT_LIMITS: Final = {"thing": 20, "const": 20}
NAME_LIMIT, LATIN_NAME_LIMIT = 10, 20
ENUM_LIMIT: Final = 20


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _is_name(value: str) -> bool:
    limit = LATIN_NAME_LIMIT if value.isascii() else NAME_LIMIT
    return len(value) <= limit and all(is_name_character(c) for c in value)


def is_name_character(character: str) -> bool:
    """Letters of any script, and what joins them inside a name."""
    return unicodedata.category(character) in ("Lu", "Ll", "Lo", "Lm") or character in " ·.'"


_TYPES: Final[dict[str, Callable[[str], bool]]] = {
    "thing": lambda value: len(value) <= TEXT_LIMITS["thing"],
    "const": lambda value: len(value) <= TEXT_LIMITS["const"],
    "enum": lambda value: len(value) <= ENUM_LIMIT,
    "enum_string": lambda value: len(value) <= ENUM_LIMIT,
    "name": _is_name,
    "number": _matches(r"(?=.{1,32}\Z)[0-9]+(?:\.[0-9]+)?"),
    "letter": _matches(r"[A-Za-z]{1,32}"),
    "symbol": _matches(r"[^\w\s]{1,5}"),
    "character_string": _matches(r"[!-~]{1,32}"),
    "time": _matches(rf"{_TIME}(?: ?~ ?{_TIME})?"),
    "date": _matches(rf"{_MOMENT}(?: ?~ ?(?:{_MOMENT}|{_CLOCK}))?"),
    "amount": _matches(r"[¥￥$€£]?(?=[0-9.]{1,11}元?\Z)[0-9]{1,10}(?:\.[0-9]{1,2})?元?"),
    "phone_number": _matches(r"[0-9+\-() #*]{1,17}"),
    "car_number": _matches(r"[一-鿿A-Za-z][A-Za-z0-9]{0,6}[一-鿿A-Za-z0-9]?"),
    "phrase": _matches(r"[一-鿿]{1,5}"),
}


# The most characters of each type, as a form counts them; a name of ten letters may have twenty when all are Latin.
_LIMITS: Final[dict[str, int]] = {
    **TEXT_LIMITS,
    "enum": ENUM_LIMIT,
    "enum_string": ENUM_LIMIT,
    "name": NAME_LIMIT,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "car_number": 8,
    "phrase": 5,
}


def in_order(keys: Iterable[str]) -> list[str]:
    """Keys by their number, as people write them down: the database keeps no order of its own."""
    return sorted(keys, key=lambda key: (int(found.group(2)) if (found := KEY.fullmatch(key)) else 0, key))


def limit_of(key: str) -> int | None:
    """The most characters field `key` takes; None where that is no matter of counting."""
    return _LIMITS.get(type_of(key) or "")


def type_of(key: str) -> str | None:
    """The field type in a key such as "thing1"; None when it is not one WeChat has."""
    found = KEY.fullmatch(key)
    return found.group(1) if found and found.group(1) in _TYPES else None


def find_problem(key: str, value: str, *, choices: Sequence[str] = ()) -> str | None:
    """Why WeChat would refuse `value` in field `key`: a word for the marketer; None when it is fine.

    `choices` are the only values of an enum field (also of a phrase that WeChat ties to a list)."""
    kind = type_of(key)
    if kind is None:
        return "unknown_type"
    if not value or value != value.strip():
        return "empty" if not value.strip() else "blank_at_the_ends"
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") for c in value):
        return "control_character"
    if choices and value not in choices:
        return "not_a_choice"
    return None if _TYPES[kind](value) else "too_long_or_wrong_type"


def check_keys(fields: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Every field of the template must have a value, and nothing else may."""
    missing = {key: "missing" for key in fields if key not in values}
    return missing | {key: "not_in_template" for key in values if key not in fields}
