"""Segments made through the real services."""

import itertools
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.services import segments
from app.services.segments import Told
from tests.conftest import NOON

_numbers = itertools.count(1)


def make_segment(rule: dict[str, Any], *, name: str | None = None, now: datetime = NOON) -> Told:
    """A segment in its first version."""
    return segments.create(
        name=name or f"分群 {next(_numbers)}", description="", rule=rule, actor=Actor.system(), now=now
    )
