"""How single values inside terms are checked: None, or the fault in one word."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

MAX_ENTRIES: Final = 200
MAX_TEXT: Final = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARLY = re.compile(r"([0-9]{2})-([0-9]{2})")


def number_fault(value: Any, bounds: tuple[int, int]) -> str | None:
    """Both bounds are included."""
    # True is a number to Python, not to a marketer.
    if type(value) is not int:
        return "not_a_whole_number"
    return None if bounds[0] <= value <= bounds[1] else "out_of_range"


def text_fault(value: Any) -> str | None:
    """A short text on one line, without blanks around it."""
    fits = isinstance(value, str) and 1 <= len(value) <= MAX_TEXT and value.isprintable() and value == value.strip()
    return None if fits else "not_a_text"


def name_fault(value: Any) -> str | None:
    """A name terms share: small letters, digits and underscores."""
    return None if isinstance(value, str) and _NAME.fullmatch(value) else "not_a_name"


def list_fault(value: Any, entry_fault: Callable[[Any], str | None]) -> str | None:
    """The fault of a list, or of its first wrong entry; an empty list is none."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_ENTRIES:
        return "not_a_list"
    return next((fault for entry in value if (fault := entry_fault(entry))), None)


def date_fault(value: Any) -> str | None:
    """A date written out, "2026-12-25"."""
    return None if isinstance(value, str) and _exists(value) else "not_a_date"


def day_fault(value: Any) -> str | None:
    """A date written out, or "12-25" for every year."""
    yearly = _YEARLY.fullmatch(value) if isinstance(value, str) else None
    # 2000 has a 29 February.
    return date_fault(f"2000-{value}" if yearly else value)


def _exists(value: str) -> bool:
    try:
        return bool(_DATE.fullmatch(value)) and bool(date.fromisoformat(value))
    except ValueError:
        return False
