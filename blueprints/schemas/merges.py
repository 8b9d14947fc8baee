"""Merging two memberships at the console: the look before, the order, what came of it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.services.merge_requests import Preview, Side
from blueprints.schemas.base import Closed, ClosedQuery, Instant, Out, PublicId, Text
from blueprints.schemas.points import BadgeOut

Caution = Literal["phone_let_go", "two_wechat", "birthdays_differ", "points_owed"]


class MergeQuery(ClosedQuery):
    """The other membership."""

    other_id: PublicId


class MergeIn(Closed):
    """The other membership, and why they are one person's; the reason stays in the audit."""

    other_id: PublicId
    reason: Annotated[Text, Field(min_length=4)]


class MergeCountsOut(Out):
    """Whole points and growth as booked; rows of everything else. `grants`: messages the member may still be sent."""

    points: int
    points_owed: int
    growth: int
    coupons: int
    check_ins: int
    purchases: int
    badges: int
    tags: int
    notes: int
    lists: int
    grants: int
    messages_waiting: int
    wechat: int


class MergeSideOut(Out):
    """One of the two, masked."""

    id: UUID
    nickname: str
    phone_masked: str | None
    joined_at: Instant
    joined_channel: str
    tier: BadgeOut
    counts: MergeCountsOut

    @classmethod
    def of(cls, side: Side) -> "MergeSideOut":
        member = side.member
        return cls(
            id=member.public_id,
            nickname=member.nickname,
            phone_masked=member.phone_masked,
            joined_at=member.joined_at,
            joined_channel=member.joined_channel,
            tier=BadgeOut.of(side.standing.tier),
            counts=MergeCountsOut(**side.counts),
        )


class MergePreviewOut(Out):
    """`kept` stays, always the older membership; everything counted under `merged` moves to it. `warnings` are looked at first:

    phone_let_go: both have a number, the older member's stays · two_wechat: both were used in WeChat, perhaps by two people ·
    birthdays_differ: the older member's stays · points_owed: a debt is settled from the sum.
    """

    kept: MergeSideOut
    merged: MergeSideOut
    warnings: list[Caution]

    @classmethod
    def of(cls, preview: Preview) -> "MergePreviewOut":
        return cls.model_validate(
            {
                "kept": MergeSideOut.of(preview.kept),
                "merged": MergeSideOut.of(preview.merged),
                "warnings": preview.warnings,
            }
        )
