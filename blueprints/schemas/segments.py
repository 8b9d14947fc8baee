"""Segments, as the marketer writes, tries and reads them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.models import SegmentVersion
from app.rules import segment_words
from app.rules.earning_words import Words
from app.services import segment_names, segments
from app.services.segment_looks import Explained, Line, Look, Sampled
from app.services.segments import Told
from blueprints.schemas.base import Closed, Instant, Out, PageQuery, Text, text_of

# rules/segment_rule.py reads it: closed, every fault told by its path.
Rule = Annotated[dict[str, Any], Field(min_length=1, max_length=20)]


class RuleIn(Closed):
    """A rule: one question {"is": …}, or a group {"all": […]}, {"any": […]}, {"not": …}. docs/domain/segments.md"""

    rule: Rule


class SegmentIn(RuleIn):
    """A rule under a name."""

    name: Text
    description: text_of(500, min_length=0) = ""  # type: ignore[valid-type]


class WordsOut(Out):
    zh: str
    en: str

    @classmethod
    def of(cls, words: Words) -> "WordsOut":
        return cls(zh=words.zh, en=words.en)


class SegmentOut(Out):
    """`members`: as last counted, at `counted_at`; `words`: the rule as a sentence."""

    id: UUID
    name: str
    description: str
    version: int
    is_active: bool
    members: int | None
    counted_at: Instant | None
    rule: dict[str, Any]
    words: WordsOut
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, told: Told) -> "SegmentOut":
        row, node = told.segment, segments.rule_of(told.version)
        return cls(
            id=row.public_id,
            version=told.version.version,
            members=row.member_count,
            rule=told.version.rule,
            words=WordsOut.of(segment_words.sentence(node, segment_names.of(node))),
            **{
                name: getattr(row, name)
                for name in ("name", "description", "is_active", "counted_at", "created_at", "updated_at")
            },
        )


class SegmentLineOut(Out):
    """A segment in a list, without its rule."""

    id: UUID
    name: str
    description: str
    version: int
    is_active: bool
    members: int | None
    counted_at: Instant | None
    updated_at: Instant

    @classmethod
    def of(cls, told: Told) -> "SegmentLineOut":
        row = told.segment
        same = ("name", "description", "version", "is_active", "counted_at", "updated_at")
        return cls(id=row.public_id, members=row.member_count, **{name: getattr(row, name) for name in same})


class SegmentQuery(PageQuery):
    is_active: bool | None = None


class SegmentPage(Out):
    data: list[SegmentLineOut]
    has_more: bool
    next_cursor: str | None


class SegmentVersionOut(Out):
    version: int
    rule: dict[str, Any]
    created_at: Instant

    @classmethod
    def of(cls, row: SegmentVersion) -> "SegmentVersionOut":
        return cls(version=row.version, rule=row.rule, created_at=row.created_at)


class SegmentVersionPage(Out):
    data: list[SegmentVersionOut]
    has_more: bool
    next_cursor: str | None


class CountOut(Out):
    """Active members the rule is true of now."""

    members: int


class SampledOut(Out):
    member_id: UUID
    nickname: str
    phone_masked: str | None
    joined_at: Instant

    @classmethod
    def of(cls, one: Sampled) -> "SampledOut":
        return cls(
            member_id=one.member_id, nickname=one.nickname, phone_masked=one.phone_masked, joined_at=one.joined_at
        )


class SampleOut(Out):
    """At most twenty, masked."""

    data: list[SampledOut]


class LookOut(Out):
    """What a rule nobody has saved would find now."""

    members: int
    sample: list[SampledOut]
    words: WordsOut

    @classmethod
    def of(cls, look: Look, words: Words) -> "LookOut":
        return cls(members=look.members, sample=[SampledOut.of(one) for one in look.sample], words=WordsOut.of(words))


class ExplainedLineOut(Out):
    """One part of the rule: a question (`group` empty) or a group, whose parts follow one `depth` deeper."""

    depth: int
    group: Literal["all", "any", "not"] | None
    holds: bool
    words: WordsOut

    @classmethod
    def of(cls, line: Line) -> "ExplainedLineOut":
        return cls.model_validate(
            {"depth": line.depth, "group": line.how, "holds": line.holds, "words": WordsOut.of(line.words)}
        )


class ExplainedOut(Out):
    """Why a member is in, or out. Who is not an active member is in no segment."""

    is_in: bool
    is_active: bool
    lines: list[ExplainedLineOut]

    @classmethod
    def of(cls, explained: Explained) -> "ExplainedOut":
        lines = [ExplainedLineOut.of(line) for line in explained.lines]
        return cls(is_in=explained.is_in, is_active=explained.is_active, lines=lines)
