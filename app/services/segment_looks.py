"""Looking through a segment's rule at the members as they are now: how many, some of them, and why one is in or out."""

import secrets
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import TextClause, func, select
from sqlalchemy.engine import Row
from sqlalchemy.exc import OperationalError

from app.database_errors import sqlstate
from app.errors import NotFound, SegmentTooSlow
from app.extensions import db
from app.models import Member
from app.rules import segment_compiler, segment_rule, segment_words
from app.rules.earning_words import Words
from app.rules.segment_compiler import Compiled
from app.rules.segment_rule import Group, Node, Question
from app.rules.segment_words import Names
from app.services import segment_names, segments
from app.statements import segments as statements

SAMPLE: Final = 20
_QUERY_CANCELED: Final = "57014"
# A marketer waits for the answer; the tick has more time.
PATIENCE_MS: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """A member as a list of the console shows one: nothing that names a person in full."""

    member_id: uuid.UUID
    nickname: str
    phone_masked: str | None
    joined_at: datetime


@dataclass(frozen=True)
class Look:
    """How many members a rule is true of, and at most SAMPLE of them."""

    members: int
    sample: list[Sampled]


@dataclass(frozen=True)
class Line:
    """One part of a rule, for one member; parts of a group follow it, one deeper. `how`: all, any, not; None: a question."""

    depth: int
    how: str | None
    holds: bool
    words: Words


@dataclass(frozen=True)
class Explained:
    """Whether a member is in, and every part of the rule. Who is not an active member is in no segment."""

    is_in: bool
    is_active: bool
    lines: list[Line]


def count(compiled: Compiled, *, now: datetime, patience_ms: int = PATIENCE_MS) -> int:
    """Active members a condition is true of, now. Raises SegmentTooSlow."""
    return int(_patiently(statements.counting(compiled.sql), compiled, now=now, patience_ms=patience_ms)[0][0])


def sample(compiled: Compiled, *, now: datetime, dice: int | None = None) -> list[Sampled]:
    """At most SAMPLE of them, masked, from a member thrown by dice on. Raises SegmentTooSlow."""
    if dice is None:
        dice = secrets.randbelow((db.session.scalar(select(func.max(Member.id))) or 0) + 1)
    rows = _patiently(statements.sampling(compiled.sql), compiled, now=now, dice=dice, limit=SAMPLE)
    return [
        Sampled(
            member_id=row.public_id,
            nickname=_masked(row.nickname),
            phone_masked=row.phone_masked,
            joined_at=row.joined_at,
        )
        for row in rows
    ]


def preview(rule: Mapping[str, Any], *, now: datetime) -> tuple[Look, Words]:
    """A rule nobody has saved: how many, some, and what it says.

    Raises SegmentRuleInvalid, SegmentUnknownNames, SegmentTooSlow.
    """
    node = segment_rule.parse(rule)
    segment_names.check(node)
    compiled = segment_compiler.compile(rule)
    look = Look(count(compiled, now=now), sample(compiled, now=now))
    return look, segment_words.sentence(node, segment_names.of(node))


def explain(node: Node, *, member_public_id: uuid.UUID, now: datetime) -> Explained:
    """Why a member is in a segment, or out of it: each question answered. Raises NotFound."""
    asked = list(segment_rule.questions(node))
    conditions, params = segment_compiler.compile_each(asked)
    member_id = db.session.scalar(select(Member.id).where(Member.public_id == member_public_id))
    if member_id is None:
        raise NotFound(kind="member")
    answers = db.session.execute(
        statements.asking(conditions), {**params, **segments.bindings(now), "member_id": member_id}
    ).one()
    lines = list(_lines(node, iter(answers[1:]), segment_names.of(node), depth=0))
    return Explained(answers.is_active and lines[0].holds, answers.is_active, lines)


def _lines(node: Node, answers: Iterator[bool], names: Names, *, depth: int) -> Iterator[Line]:
    """The part itself, then what it is made of; `answers` in the order of the questions."""
    if isinstance(node, Question):
        yield Line(depth, None, next(answers), segment_words.of_question(node, names))
        return
    parts = [list(_lines(part, answers, names, depth=depth + 1)) for part in node.parts]
    yield Line(depth, node.how, _holds(node, [lines[0].holds for lines in parts]), segment_words.of_group(node))
    for lines in parts:
        yield from lines


def _holds(group: Group, parts: list[bool]) -> bool:
    if group.how == "not":
        return not parts[0]
    return all(parts) if group.how == "all" else any(parts)


def _patiently(
    statement: TextClause, compiled: Compiled, *, now: datetime, patience_ms: int = PATIENCE_MS, **values: Any
) -> list[Row[Any]]:
    """A statement that only reads, stopped when it takes too long; the transaction goes on as it was."""
    look = db.session.begin_nested()
    try:
        db.session.execute(statements.LIMIT_TIME, {"milliseconds": str(patience_ms)})
        rows = db.session.execute(statement, {**compiled.params, **segments.bindings(now), **values}).all()
    except OperationalError as error:
        look.rollback()
        if sqlstate(error) == _QUERY_CANCELED:
            raise SegmentTooSlow(retry_after_seconds=60) from error
        raise
    # The limit was this look's alone.
    look.rollback()
    return list(rows)


def _masked(nickname: str) -> str:
    return nickname[:1] + "**" if nickname else ""
