"""Whom an issue run is for, as it is asked for and as its row keeps it. docs/domain/issue-runs.md"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.errors import InvalidInput, NotFound
from app.extensions import db
from app.models import MemberList, Tier
from app.services import segments


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Who is meant: `kind` everyone, tiers (by code), member_list, or segment (in the version in force when it is made)."""

    kind: str
    tiers: Sequence[str] = ()
    member_list_public_id: uuid.UUID | None = None
    segment_public_id: uuid.UUID | None = None


def keys(audience: Audience, *, find_list: Callable[[uuid.UUID], MemberList]) -> dict[str, Any]:
    """The audience by internal keys, as the row keeps it."""
    if (audience.kind == "tiers") != bool(audience.tiers):
        raise InvalidInput(fields={"json.tiers": ["name tiers for this audience, and for no other"]})
    if (audience.kind == "member_list") != (audience.member_list_public_id is not None):
        raise InvalidInput(fields={"json.member_list_id": ["name a list for this audience, and for no other"]})
    if (audience.kind == "segment") != (audience.segment_public_id is not None):
        raise InvalidInput(fields={"json.segment_id": ["name a segment for this audience, and for no other"]})
    wanted = set(audience.tiers)
    tier_ids = (
        db.session.scalars(select(Tier.id).where(Tier.code.in_(wanted)).order_by(Tier.id)).all() if wanted else []
    )
    if len(tier_ids) != len(wanted):
        raise NotFound(kind="tier")
    members = None
    if audience.member_list_public_id is not None:
        members = find_list(audience.member_list_public_id).id
    return {
        "audience": audience.kind,
        "tier_ids": list(tier_ids),
        "member_list_id": members,
        **_segment_keys(audience.segment_public_id),
    }


def _segment_keys(public_id: uuid.UUID | None) -> dict[str, int | None]:
    if public_id is None:
        return {"segment_id": None, "segment_version": None}
    told = segments.get_usable(public_id)
    return {"segment_id": told.segment.id, "segment_version": told.version.version}
