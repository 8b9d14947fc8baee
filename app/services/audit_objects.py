"""What audit rows are about, by the public id the console knows it under."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import literal, select, union_all

from app.errors import NotFound
from app.extensions import db
from app.models import (
    Adjustment,
    Badge,
    Campaign,
    Checkout,
    CouponAutomation,
    CouponBatch,
    CouponCodeRun,
    CouponExchange,
    CouponTemplate,
    EarningRule,
    IssueRun,
    Ladder,
    Member,
    MemberImport,
    MemberList,
    MessageTemplate,
    PartnerKey,
    Payer,
    Purchase,
    Revocation,
    Segment,
    Settlement,
    Shift,
    Staff,
    Store,
    Tag,
    Tier,
)

# Coupons are found by their member alone; topics, scenes and settings have no number.
KINDS: Final[dict[str, Any]] = {
    "adjustment": Adjustment,
    "badge": Badge,
    "campaign": Campaign,
    "checkout": Checkout,
    "coupon_automation": CouponAutomation,
    "coupon_batch": CouponBatch,
    "coupon_code_run": CouponCodeRun,
    "coupon_exchange": CouponExchange,
    "coupon_template": CouponTemplate,
    "earning_rule": EarningRule,
    "issue_run": IssueRun,
    "ladder": Ladder,
    "member": Member,
    "member_import": MemberImport,
    "member_list": MemberList,
    "message_template": MessageTemplate,
    "partner_key": PartnerKey,
    "payer": Payer,
    "purchase": Purchase,
    "revocation": Revocation,
    "segment": Segment,
    "settlement": Settlement,
    "shift": Shift,
    "staff": Staff,
    "store": Store,
    "tag": Tag,
    "tier": Tier,
}


def get(kind: str, public_id: uuid.UUID) -> int:
    """The internal key of a thing. Raises NotFound, also for a kind that has no public ids."""
    model = KINDS.get(kind)
    found = None if model is None else db.session.scalar(select(model.id).where(model.public_id == public_id))
    if found is None:
        raise NotFound(kind=kind if model is not None else "object")
    return int(found)


def public_ids(wanted: Iterable[tuple[str, int | None]]) -> dict[tuple[str, int], uuid.UUID]:
    """(kind, internal key) → public id, in one statement; what has none is left out."""
    keys: dict[str, set[int]] = defaultdict(set)
    for kind, key in wanted:
        if key is not None and kind in KINDS:
            keys[kind].add(key)
    if not keys:
        return {}
    parts = [
        select(literal(kind).label("kind"), KINDS[kind].id, KINDS[kind].public_id).where(KINDS[kind].id.in_(some))
        for kind, some in sorted(keys.items())
    ]
    return {(kind, key): public_id for kind, key, public_id in db.session.execute(union_all(*parts))}
