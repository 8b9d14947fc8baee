"""The first rows of an installation: settings and a ladder, data a shop then changes."""

from datetime import datetime

from app.extensions import db
from app.models import Programme, Tier
from app.services import first_badges, first_rules, ladders

# Code, zh-CN name, English name, growth value, colour, emblem.
LADDER = (
    ("basic", "普通会员", "Member", 0, "#6b7280", "sprout"),
    ("silver", "银卡会员", "Silver", 200, "#64748b", "leaf"),
    ("gold", "金卡会员", "Gold", 1000, "#b45309", "star"),
    ("diamond", "钻石会员", "Diamond", 5000, "#0369a1", "crown"),
)
# What a shop is called until somebody says otherwise.
NAME = "回头"
STREAK_BONUS = {"3": 5, "7": 20, "30": 100}
MONTHLY_BONUS = {"10": 20, "20": 50}


def initialise(*, now: datetime, name: str = NAME) -> bool:
    """Write what is missing, also what a later version began with; False when everything was there."""
    is_new = db.session.get(Programme, 1) is None
    if is_new:
        _begin(now=now, name=name)
    added = ladders.add_missing(now=now) + first_badges.add_missing(now=now) + first_rules.add_missing(now=now)
    return is_new or added > 0


def _begin(*, now: datetime, name: str) -> None:
    bonuses = {"streak_bonus": dict(STREAK_BONUS), "monthly_bonus": dict(MONTHLY_BONUS)}
    db.session.add(Programme(id=1, name=name, **bonuses, updated_at=now))
    for rank, (code, title, title_en, threshold, colour, emblem) in enumerate(LADDER):
        db.session.add(
            Tier(
                code=code,
                name=title,
                name_en=title_en,
                rank=rank,
                growth_threshold=threshold,
                colour=colour,
                emblem=emblem,
            )
        )
