"""What a rule's codes and ids are called, and whether there is such a thing at all."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select

from app.errors import SegmentUnknownNames
from app.extensions import db
from app.models import CouponBatch, CouponTemplate, MemberList, MessageTopic, Store, Tag, Tier
from app.rules import segment_names
from app.rules.earning_words import Words
from app.rules.segment_rule import Node

# kind → the column a rule names it by, and what it is called in both languages.
_COLUMNS: Final[Mapping[str, tuple[Any, Any, Any]]] = {
    "tag": (Tag.name, Tag.name, Tag.name),
    "tier": (Tier.code, Tier.name, Tier.name_en),
    "store": (Store.code, Store.name, Store.name),
    "member_list": (MemberList.public_id, MemberList.name, MemberList.name),
    "coupon_batch": (CouponBatch.public_id, CouponBatch.name, CouponBatch.name),
    "coupon_template": (CouponTemplate.public_id, CouponTemplate.name, CouponTemplate.name),
    "message_topic": (MessageTopic.code, MessageTopic.name, MessageTopic.name_en),
}
_BY_ID: Final = {"member_list", "coupon_batch", "coupon_template"}
# As many as a person corrects at a time.
_TOLD: Final = 20


def of(node: Node) -> dict[str, dict[str, Words]]:
    """What everything named in a rule is called, by kind and code: a query for each kind."""
    return {kind: _called(kind, wanted) for kind, wanted in segment_names.named(node).items()}


def check(node: Node) -> None:
    """Whoever mistypes a tag would get an empty segment without a word. Raises SegmentUnknownNames."""
    found = of(node)
    unknown = {kind: sorted(wanted - found[kind].keys())[:_TOLD] for kind, wanted in segment_names.named(node).items()}
    missing = {kind: names for kind, names in unknown.items() if names}
    if missing:
        raise SegmentUnknownNames(names=missing)


def _called(kind: str, wanted: set[str]) -> dict[str, Words]:
    key, name, name_en = _COLUMNS[kind]
    keys = [uuid.UUID(one) for one in wanted] if kind in _BY_ID else list(wanted)
    rows = db.session.execute(select(key, name, name_en).where(key.in_(keys)))
    return {str(code): Words(zh, en) for code, zh, en in rows}
