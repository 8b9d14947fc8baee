"""Fills a campaign's texts for one member: {nickname}, {date}… become values that fit WeChat's field types."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from app.errors import MessageFieldsInvalid
from app.rules import message_fields

PLACEHOLDER: Final = re.compile(r"\{([a-z_]*)\}")
ELLIPSIS: Final = "…"
# For somebody who gave no name, or none that WeChat can show.
NAMELESS: Final = "会员"

# What a marketer may write, and a value of full length for the check before anything is sent.
SAMPLES: Final[Mapping[str, str]] = {
    "nickname": "一二三四五六七八九十一二三四五六七八九十",
    "date": "2026年12月28日",
    "shop": "一二三四五六七八九十一二三四五六七八九十",
    "tier": "普通会员",
    "points": "1234567890",
    "coupon": "一二三四五六七八九十一二三四五六七八九十",
    "amount": "¥1234567.89",
    "gift_points": "1234567890",
}
GIFT_PLACEHOLDERS: Final = frozenset({"coupon", "amount"})
POINTS_PLACEHOLDERS: Final = frozenset({"gift_points"})

Choices = Mapping[str, Sequence[str]]


def find_problems(
    fields: Mapping[str, str],
    values: Mapping[str, str],
    *,
    choices: Choices,
    has_gift: bool,
    has_points: bool = False,
) -> dict[str, str]:
    """Why these texts cannot be sent with this template: {key: reason}; empty when they can."""
    problems = message_fields.check_keys(fields, values)
    for key in fields.keys() & values.keys():
        problem = _placeholder_problem(
            values[key], has_gift=has_gift, has_points=has_points
        ) or message_fields.find_problem(key, _fill(key, values[key], SAMPLES), choices=choices.get(key, ()))
        if problem:
            problems[key] = problem
    return problems


def render(
    fields: Mapping[str, str], values: Mapping[str, str], member: Mapping[str, str], *, choices: Choices
) -> dict[str, str]:
    """The texts for one member; `member` holds a value per placeholder. Cut with an ellipsis inside the limit.

    Errors: MessageFieldsInvalid(fields={key: reason}) when a value still cannot be shown."""
    filled = {key: _fill(key, values.get(key, ""), member) for key in fields}
    problems = {
        key: problem
        for key, value in filled.items()
        if (problem := message_fields.find_problem(key, value, choices=choices.get(key, ())))
    }
    if problems:
        raise MessageFieldsInvalid(fields=problems)
    return filled


def fill_all(fields: Mapping[str, str], values: Mapping[str, str], member: Mapping[str, str]) -> dict[str, str]:
    """The texts as far as they go, right or wrong: for a preview."""
    return {key: _fill(key, values.get(key, ""), member) for key in fields}


def chinese_date(on: date) -> str:
    """The form every date field takes: 2026年12月1日."""
    return f"{on.year}年{on.month}月{on.day}日"


def money(fen: int) -> str:
    """The form every amount field takes: ¥20.00."""
    return f"¥{fen // 100}.{fen % 100:02d}"


def _placeholder_problem(text: str, *, has_gift: bool, has_points: bool) -> str | None:
    names = set(PLACEHOLDER.findall(text))
    if names - SAMPLES.keys():
        return "unknown_placeholder"
    if (names & GIFT_PLACEHOLDERS and not has_gift) or (names & POINTS_PLACEHOLDERS and not has_points):
        return "placeholder_needs_a_gift"
    # A lone brace is a typing error in a placeholder, and would reach the customer.
    return "unknown_placeholder" if re.search(r"[{}]", PLACEHOLDER.sub("", text)) else None


def _fill(key: str, text: str, member: Mapping[str, str]) -> str:
    # One pass over the marketer's text only: a nickname that looks like a placeholder stays a nickname.
    clean = " ".join(PLACEHOLDER.sub(lambda match: _clean(member.get(match.group(1), "")), text).split())
    kind = message_fields.type_of(key)
    if kind == "name":
        return _fit_name(clean)
    # A text that is nothing but a placeholder must not come out empty.
    clean = clean or (NAMELESS if kind in message_fields.TEXT_LIMITS and PLACEHOLDER.search(text) else "")
    # Only what members bring along is cut; a text the marketer wrote too long is a mistake to be shown.
    limit = message_fields.TEXT_LIMITS.get(kind or "")
    return _cut(clean, limit) if limit and PLACEHOLDER.search(text) else clean


def _clean(text: str) -> str:
    """White space folded; control characters and symbols WeChat has been seen refusing (emoji) left out."""
    kept = (
        " " if c.isspace() else c
        for c in text
        if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk")
    )
    return " ".join("".join(kept).split())


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def _fit_name(text: str) -> str:
    # A name field takes no ellipsis: the name is simply cut.
    letters = "".join(c for c in text if message_fields.is_name_character(c)).strip() or NAMELESS
    limit = message_fields.LATIN_NAME_LIMIT if letters.isascii() else message_fields.NAME_LIMIT
    return letters[:limit].strip() or NAMELESS
