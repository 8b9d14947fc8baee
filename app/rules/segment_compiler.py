"""A segment's rule as one SQL condition over a member row `m`: bound values only, no word of the rule in the text.

What else it is bound to, by services/segments.bindings(now): `seg_now` (instant), `seg_today` (the shop's date then), `seg_zone`
and `seg_cut_over` (where and at which hour its days begin). The condition is never NULL and asks nothing about `m.status`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.rules import segment_history, segment_profile, segment_rule
from app.rules.segment_rule import Node, Question
from app.rules.segment_sql import Binds

_JOINS: Final = {"all": " AND ", "any": " OR "}
_QUESTIONS: Final = {**segment_profile.QUESTIONS, **segment_history.QUESTIONS}


@dataclass(frozen=True)
class Compiled:
    """`sql`: a boolean expression over `m`; `params`: the rule's own values, every name beginning with `seg_`."""

    sql: str
    params: dict[str, Any] = field(default_factory=dict)


EVERYONE: Final = Compiled("TRUE")


def compile(rule: Mapping[str, Any]) -> Compiled:
    """The condition of a rule, written or stored. Raises SegmentRuleInvalid."""
    binds = Binds()
    sql = _sql(segment_rule.parse(rule), binds)
    return Compiled(sql, binds.values)


def compile_each(questions: list[Question]) -> tuple[list[str], dict[str, Any]]:
    """The condition of each question by itself, and the values of all of them."""
    binds = Binds()
    return [_sql(question, binds) for question in questions], binds.values


def _sql(node: Node, binds: Binds) -> str:
    if isinstance(node, Question):
        return _QUESTIONS[node.kind](node.said, binds)
    if node.how == "not":
        return f"(NOT {_sql(node.parts[0], binds)})"
    return f"({_JOINS[node.how].join(_sql(part, binds) for part in node.parts)})"
