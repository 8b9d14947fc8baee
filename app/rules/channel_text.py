"""How a message reads on a channel other than the mini-program: checked when it is written, filled for one member at dispatch.

A text names the message's own fields ({thing1}) and what every message knows ({nickname}, {shop} …)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from app.errors import MessageFieldsInvalid
from app.rules import message_fields, message_text

PLACEHOLDER: Final = re.compile(r"\{([a-z_]+[0-9]{0,4})\}")
# RFC 5322 asks for lines under 78 characters; a longer subject is cut by every mail program.
SUBJECT_CHARACTERS: Final = 70
BODY_CHARACTERS: Final = 2_000
# What SMS providers usually take for one variable; theirs is the last word.
SMS_VALUE_CHARACTERS: Final = 35
MOST_FIELDS: Final = 10

_SMS_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")


def find_problems(
    channel: str, *, fields: Mapping[str, str], subject: str | None, body: str | None, known: Iterable[str]
) -> dict[str, str]:
    """Why these texts cannot be used: {place: reason}; empty when they can. `known` are the template's own fields."""
    names = message_text.SAMPLES.keys() | set(known)
    texts = {"subject": subject, "body": body} if channel == "email" else dict(fields)
    problems = {place: problem for place, text in texts.items() if (problem := _text_problem(text or "", names))}
    if channel == "email":
        return {**_length_problems(subject or "", body or ""), **problems}
    if not fields or len(fields) > MOST_FIELDS:
        problems["fields"] = "missing" if not fields else "too_many"
    for key, text in fields.items():
        if channel == "oa_template":
            problem = _official_problem(key, text)
        else:
            problem = None if _SMS_NAME.fullmatch(key) else "unknown_type"
        if problem and key not in problems:
            problems[key] = problem
    return problems


def fill_official(fields: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """The official account's fields, cut like the mini-program's. Errors: MessageFieldsInvalid."""
    filled = {key: _fit(key, _fill(text, values)) for key, text in fields.items()}
    problems = {key: problem for key, value in filled.items() if (problem := message_fields.find_problem(key, value))}
    if problems:
        raise MessageFieldsInvalid(fields=problems)
    return filled


def fill_sms(fields: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """The provider's variables, each cut to what one takes."""
    return {key: _cut(_fill(text, values), SMS_VALUE_CHARACTERS) for key, text in fields.items()}


def fill_email(subject: str, body: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and plain text of a letter. A value cannot bring a line break into the subject."""
    return _cut(_fill(subject, values), SUBJECT_CHARACTERS), _fill(body, values, keeps_lines=True)


def _fit(key: str, text: str) -> str:
    limit = message_fields.TEXT_LIMITS.get(message_fields.type_of(key) or "")
    return _cut(text or message_text.NAMELESS, limit) if limit else text


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + message_text.ELLIPSIS


def _fill(text: str, values: Mapping[str, str], *, keeps_lines: bool = False) -> str:
    # One pass: a nickname that looks like a placeholder stays a nickname.
    dropped = ("Cc", "Cs", "Co", "Cn") if keeps_lines else ("Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk")
    filled = PLACEHOLDER.sub(lambda match: _clean(values.get(match.group(1), ""), dropped=dropped), text)
    if not keeps_lines:
        return " ".join(filled.split())
    return "\n".join(" ".join(line.split()) for line in filled.splitlines()).strip()


def _clean(text: str, *, dropped: tuple[str, ...]) -> str:
    """On one line, without what a screen cannot show; a letter may show emoji, the others were seen refusing them."""
    kept = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in dropped)
    return " ".join(kept.split())


def _official_problem(key: str, text: str) -> str | None:
    if message_fields.type_of(key) is None:
        return "unknown_type"
    if set(PLACEHOLDER.findall(text)) - message_text.SAMPLES.keys():
        return None  # what the message's own field will hold is known at dispatch alone
    return message_fields.find_problem(key, _fit(key, _fill(text, message_text.SAMPLES)))


def _text_problem(text: str, names: Iterable[str]) -> str | None:
    if not text.strip():
        return "empty"
    if set(PLACEHOLDER.findall(text)) - set(names) or re.search(r"[{}]", PLACEHOLDER.sub("", text)):
        return "unknown_placeholder"
    return None


def _length_problems(subject: str, body: str) -> dict[str, str]:
    problems = {}
    if len(subject) > SUBJECT_CHARACTERS:
        problems["subject"] = "too_long_or_wrong_type"
    if len(body) > BODY_CHARACTERS:
        problems["body"] = "too_long_or_wrong_type"
    return problems
