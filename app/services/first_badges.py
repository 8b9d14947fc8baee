"""The badges a programme begins with: data a shop then changes."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import Badge
from app.models.types import new_public_id
from app.services import programmes

# Code, zh-CN name, English name, fact, target, emblem.
BADGES = (
    ("first_purchase", "初次光临", "First visit", "purchases", 1, "bag"),
    ("regular", "常客", "Regular", "purchases", 10, "cup"),
    ("patron", "千元之友", "Patron", "spent_fen", 100_000, "gem"),
    ("explorer", "尝鲜达人", "Explorer", "categories", 5, "compass"),
    ("streak_7", "连续七天", "Seven in a row", "streak", 7, "flame"),
    ("streak_30", "连续三十天", "Thirty in a row", "streak", 30, "flame"),
    ("streak_100", "百日不断", "A hundred in a row", "streak", 100, "flame"),
    ("check_in_50", "签到五十次", "Fifty check-ins", "check_ins", 50, "calendar"),
    ("year_1", "相伴一年", "One year together", "member_months", 12, "heart"),
    ("year_3", "相伴三年", "Three years together", "member_months", 36, "heart"),
)


def add_missing(*, now: datetime) -> int:
    """Write the badges that are not there yet, by code and by what they count; returns how many. The tick awards them."""
    today = programmes.business_date(now)
    rows = [
        {
            "public_id": new_public_id(),
            "code": code,
            "name": name,
            "name_en": name_en,
            "fact": fact,
            "target": target,
            "emblem": emblem,
            "is_active": True,
            "settling_after_id": 0,
            "months_through": today,
            "created_at": now,
        }
        for code, name, name_en, fact, target, emblem in BADGES
    ]
    added = db.session.execute(insert(Badge).values(rows).on_conflict_do_nothing().returning(Badge.id))
    return len(added.all())
