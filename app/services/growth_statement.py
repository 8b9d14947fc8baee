"""A member's growth entries and the tiers they held, newest first."""

from dataclasses import dataclass

from sqlalchemy import select

from app.extensions import db
from app.models import EarningRule, EarningRuleVersion, GrowthEntry, Tier, TierHistory
from app.paging import Page, cut


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """One entry, and the rule and version that paid it."""

    entry: GrowthEntry
    rule_code: str | None
    rule_name: str | None
    rule_name_en: str | None
    rule_version: int | None


@dataclass(frozen=True, slots=True)
class TierLine:
    """A tier held over `[starts_at, ends_at)`."""

    history: TierHistory
    tier: Tier


def list_entries(member_id: int, *, after: tuple[int] | None, limit: int) -> Page[GrowthLine]:
    """`after` is the seq of the last entry seen."""
    query = (
        select(
            GrowthEntry,
            EarningRule.code,
            EarningRuleVersion.name,
            EarningRuleVersion.name_en,
            EarningRuleVersion.version,
        )
        .outerjoin(EarningRuleVersion, EarningRuleVersion.id == GrowthEntry.rule_version_id)
        .outerjoin(EarningRule, EarningRule.id == EarningRuleVersion.rule_id)
        .where(GrowthEntry.member_id == member_id)
        .order_by(GrowthEntry.seq.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(GrowthEntry.seq < after[0])
    rows = [GrowthLine(*row) for row in db.session.execute(query)]
    return cut(rows, limit, lambda line: (line.entry.seq,))


def list_tiers(member_id: int, *, after: tuple[int] | None, limit: int) -> Page[TierLine]:
    """`after` is the internal key of the last interval seen; keys rise with time."""
    query = (
        select(TierHistory, Tier)
        .join(Tier, Tier.id == TierHistory.tier_id)
        .where(TierHistory.member_id == member_id)
        .order_by(TierHistory.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(TierHistory.id < after[0])
    rows = [TierLine(*row) for row in db.session.execute(query)]
    return cut(rows, limit, lambda line: (line.history.id,))
