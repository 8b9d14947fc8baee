"""What segments need in the made-up shop: tags on somebody, segments to look through, rules that can be read."""

import itertools
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.models import Member
from app.services import tags
from tests.factories.segments import make_segment

_numbers = itertools.count(1)


def divide(person: Member, known: dict[str, list[Any]], *, now: datetime) -> dict[str, list[Any]]:
    """Public ids by the names paths have for them; `known` gets rules."""
    made = [tags.create(f"fuzz {next(_numbers)}", actor=Actor.system(), now=now) for _ in range(2)]
    for tag in made:
        tags.add(tag.public_id, {1: person.public_id}, actor=Actor.system(), now=now)
    rules: list[dict[str, Any]] = [
        {"is": "tag", "any_of": [made[0].name]},
        {"all": [{"is": "purchases", "days": 90}, {"not": {"is": "tier", "any_of": ["gold"]}}]},
        {"any": [{"is": "lifecycle", "any_of": ["at_risk"]}, {"is": "spent_fen", "min": 10_000}]},
    ]
    known["rule"] = rules
    return {
        "tag_id": [tag.public_id for tag in made],
        "divided_id": [make_segment(rule, now=now).segment.public_id for rule in rules],
    }
