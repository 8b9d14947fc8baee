"""Segments: rules over members under a name; a change is a new version, and what was sent by an old one keeps it.

docs/domain/segments.md
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from app.actor import Actor
from app.errors import NotFound, SegmentArchived
from app.extensions import db
from app.models import Segment, SegmentVersion
from app.paging import Page, cut
from app.rules import segment_compiler, segment_rule
from app.rules.segment_compiler import EVERYONE, Compiled
from app.rules.segment_rule import Node
from app.services import audit, named_rows, programmes, segment_names


@dataclass(frozen=True)
class Told:
    """A segment and one of its versions."""

    segment: Segment
    version: SegmentVersion


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


def create(*, name: str, description: str, rule: Mapping[str, Any], actor: Actor, now: datetime) -> Told:
    """A segment with its first version. Raises SegmentRuleInvalid, SegmentUnknownNames, NameTaken."""
    node = _read(rule)
    row = Segment(
        name=name,
        description=description,
        version=1,
        created_by_id=actor.id if actor.kind == "staff" else None,
        created_at=now,
        updated_at=now,
    )
    named_rows.add(row, unique="uq_segment_name")
    version = _add_version(row, node, actor=actor, now=now)
    _audit("create", row, actor=actor, details={"name": name, "rule": version.rule}, now=now)
    return Told(row, version)


def revise(public_id: uuid.UUID, *, rule: Mapping[str, Any], actor: Actor, now: datetime) -> Told:
    """The next version; what was made with an older one keeps that. The same rule again changes nothing.

    Raises NotFound, SegmentArchived, SegmentRuleInvalid, SegmentUnknownNames.
    """
    row = _lock(public_id)
    if not row.is_active:
        raise SegmentArchived
    node = _read(rule)
    current = _version_of(row, row.version)
    if segment_rule.parse(current.rule) == node:
        return Told(row, current)
    row.version, row.updated_at = row.version + 1, now
    # Of another rule.
    row.member_count, row.counted_at = None, None
    version = _add_version(row, node, actor=actor, now=now)
    _audit("revise", row, actor=actor, details={"version": row.version, "rule": version.rule}, now=now)
    return Told(row, version)


def archive(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> Told:
    """Take it out of use for anything new; what goes by it already goes on. A repeat changes nothing. Raises NotFound."""
    row = _lock(public_id)
    if row.is_active:
        row.is_active, row.updated_at = False, now
        _audit("archive", row, actor=actor, details={"version": row.version}, now=now)
    return Told(row, _version_of(row, row.version))


def get(public_id: uuid.UUID, *, version: int | None = None) -> Told:
    """A segment with a version of it, the one in force unless said. Raises NotFound."""
    row = db.session.scalar(select(Segment).where(Segment.public_id == public_id))
    if row is None:
        raise NotFound(kind="segment")
    return Told(row, _version_of(row, version or row.version))


def get_usable(public_id: uuid.UUID) -> Told:
    """A segment for something new, in the version in force. Raises NotFound, SegmentArchived."""
    told = get(public_id)
    if not told.segment.is_active:
        raise SegmentArchived
    return told


def list_segments(*, after: tuple[int] | None, limit: int, is_active: bool | None = None) -> Page[Told]:
    """Newest first, each in the version in force; `after` is the key of the last row seen."""
    in_force = and_(SegmentVersion.segment_id == Segment.id, SegmentVersion.version == Segment.version)
    query = select(Segment, SegmentVersion).join(SegmentVersion, in_force).order_by(Segment.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(Segment.id < after[0])
    if is_active is not None:
        query = query.where(Segment.is_active.is_(is_active))
    rows = [Told(segment, version) for segment, version in db.session.execute(query)]
    return cut(rows, limit, lambda told: (told.segment.id,))


def list_versions(row: Segment, *, after: tuple[int] | None, limit: int) -> Page[SegmentVersion]:
    """Newest first; `after` is the number of the last version seen."""
    query = (
        select(SegmentVersion)
        .where(SegmentVersion.segment_id == row.id)
        .order_by(SegmentVersion.version.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(SegmentVersion.version < after[0])
    return cut(db.session.scalars(query).all(), limit, lambda version: (version.version,))


def rule_of(version: SegmentVersion) -> Node:
    """A stored rule as a tree."""
    return segment_rule.parse(version.rule)


def _read(rule: Mapping[str, Any]) -> Node:
    node = segment_rule.parse(rule)
    segment_names.check(node)
    return node


def _version_of(row: Segment, number: int) -> SegmentVersion:
    version = db.session.get(SegmentVersion, (row.id, number))
    if version is None:
        raise NotFound(kind="segment_version")
    return version


def _add_version(row: Segment, node: Node, *, actor: Actor, now: datetime) -> SegmentVersion:
    version = SegmentVersion(
        segment_id=row.id,
        version=row.version,
        rule=segment_rule.as_json(node),
        created_by_id=actor.id if actor.kind == "staff" else None,
        created_at=now,
    )
    db.session.add(version)
    db.session.flush()  # whoever names the version by a foreign key comes after it
    return version


def _lock(public_id: uuid.UUID) -> Segment:
    query = select(Segment).where(Segment.public_id == public_id).with_for_update(key_share=True)
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(kind="segment")
    return row


def _audit(verb: str, row: Segment, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(f"segment.{verb}", actor=actor, object_kind="segment", object_id=row.id, details=details, now=now)
