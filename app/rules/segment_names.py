"""What a rule names by a code or a public id: tags, tiers, stores, lists, batches, templates, topics."""

from collections.abc import Mapping
from typing import Final

from app.rules.segment_rule import Node, questions

# (question, what it is told) → what that names; a question of None is any.
_NAMED: Final[Mapping[tuple[str | None, str], str]] = {
    ("tag", "any_of"): "tag",
    ("tier", "any_of"): "tier",
    ("joined_store", "any_of"): "store",
    ("member_list", "any_of"): "member_list",
    (None, "stores"): "store",
    (None, "batches"): "coupon_batch",
    (None, "templates"): "coupon_template",
    (None, "topics"): "message_topic",
}
KINDS: Final = tuple(dict.fromkeys(_NAMED.values()))


def kind_of(question: str, told: str) -> str | None:
    """What the values of one thing that a question is told name; None: nothing but themselves."""
    return _NAMED.get((question, told)) or _NAMED.get((None, told))


def named(node: Node) -> dict[str, set[str]]:
    """Everything a rule names, by kind."""
    found: dict[str, set[str]] = {}
    for question in questions(node):
        for told, value in question.said.items():
            kind = kind_of(question.kind, told)
            if kind:
                found.setdefault(kind, set()).update(value)
    return found
