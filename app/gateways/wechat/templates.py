"""Reads one row of WeChat's template list into the fields a message must fill."""

import re
from typing import Any, Final, Literal

from . import answers
from .port import TemplateInfo
from .troubles import Trouble

_FIELD: Final = re.compile(r"\{\{\s*([a-z_]{1,32}?)([0-9]{1,4})\.DATA\s*\}\}")
_KINDS: Final[dict[int | None, Literal["one_time", "long_term"]]] = {2: "one_time", 3: "long_term"}


def template_info(row: object) -> TemplateInfo:
    """Errors: Trouble (nonsense)."""
    if not isinstance(row, dict):
        raise Trouble("nonsense", "template_not_an_object")
    title, content, kind = row.get("title"), row.get("content"), _KINDS.get(answers.whole_number(row.get("type")))
    if not isinstance(title, str) or not isinstance(content, str) or kind is None:
        raise Trouble("nonsense", "template_incomplete")
    return TemplateInfo(
        template_id=answers.identifier(row, "priTmplId"),
        title=title,
        fields={name + number: name for name, number in _FIELD.findall(content)},
        kind=kind,
        enums=_enums(row.get("keywordEnumValueList")),
    )


def _enums(rows: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in rows if isinstance(rows, list) else ():
        code = row.get("keywordCode") if isinstance(row, dict) else None
        values = row.get("enumValueList") if isinstance(row, dict) else None
        if isinstance(code, str) and isinstance(values, list):
            found[code.removesuffix(".DATA")] = tuple(value for value in values if isinstance(value, str))
    return found
