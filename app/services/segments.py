"""Segments: rules over members under a name; a change is a new version, and what was sent by an old one keeps it.

docs/domain/segments.md
"""

from datetime import datetime
from typing import Any

from app.errors import NotFound
from app.extensions import db
from app.models import SegmentVersion
from app.rules import segment_compiler
from app.rules.segment_compiler import EVERYONE, Compiled
from app.services import programmes


def predicate(segment_id: int | None, version: int | None) -> Compiled:
    """The condition of a segment's version over a member row `m`; without a segment it is TRUE. Raises NotFound.

    A statement that carries it is executed with `{**compiled.params, **bindings(now)}` besides its own values. It is
    never NULL, and says nothing about `m.status`: whoever asks means active members.
    """
    if segment_id is None:
        return EVERYONE
    row = db.session.get(SegmentVersion, (segment_id, version))
    if row is None:
        raise NotFound(kind="segment")
    return segment_compiler.compile(row.rule)


def bindings(now: datetime) -> dict[str, Any]:
    """What every condition is bound to besides its own values: the instant, and the shop's calendar at it."""
    programme = programmes.get()
    return {
        "seg_now": now,
        "seg_today": programmes.business_date(now),
        "seg_zone": programme.zone,
        "seg_cut_over": programme.cut_over_hour,
    }
