"""The channels that rules, coupons and segments may name: of bills, and of joining."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import func, select

from app.extensions import db
from app.models import PartnerKey
from app.rules.channel_names import COUNTERS, JOINING
from app.rules.earning_words import Words

Kind = Literal["bill", "join"]
# Somebody chooses among them on one page.
MOST: Final = 200


@dataclass(frozen=True, kw_only=True)
class Channel:
    """`kind`: whether a bill comes through it, or a membership."""

    code: str
    name: Words
    kind: Kind


def list_all() -> list[Channel]:
    """Of bills, then of joining; of partners' channels the newest, as many as MOST leaves room for."""
    return [*_named(COUNTERS, "bill"), *_partners(MOST - len(COUNTERS) - len(JOINING)), *_named(JOINING, "join")]


def _named(names: Mapping[str, Words], kind: Kind) -> list[Channel]:
    return [Channel(code=code, name=name, kind=kind) for code, name in names.items()]


def _partners(limit: int) -> list[Channel]:
    # Keys that are revoked, too: the bills they reported are there. A channel is called what its newest key is.
    newest = select(func.max(PartnerKey.id)).group_by(PartnerKey.channel)
    query = select(PartnerKey.channel, PartnerKey.name).where(PartnerKey.id.in_(newest))
    rows = db.session.execute(query.order_by(PartnerKey.id.desc()).limit(limit))
    return [Channel(code=row.channel, name=Words(row.name, row.name), kind="bill") for row in rows]
