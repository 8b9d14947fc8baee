"""What restrains an account besides its rate: pace (slower after throttling), holds until a day or minute turns, the day's quota.

Kept in PostgreSQL: a flush of Redis neither forgets a hold nor gives the quota a second time."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.extensions import db
from app.models import ChannelPace, ChannelQuota
from app.rules import pace
from app.statements import send_controls as statements


@dataclass(frozen=True, kw_only=True)
class Restraint:
    """`pace_bp` of the full rate may be used now; nothing at all before `held_until`."""

    account: str
    pace_bp: int
    held_until: datetime | None
    hold_reason: str | None


@dataclass(frozen=True, kw_only=True)
class Quota:
    """Of the platform's day; `used` counts what workers hold for messages to come."""

    account: str
    day: date
    cap: int
    used: int


def get(account: str, *, now: datetime) -> Restraint:
    """Free when nothing was ever said about the account."""
    row = db.session.get(ChannelPace, account, populate_existing=True)
    return _restraint(account, row, now)


def list_restrained(*, now: datetime) -> list[Restraint]:
    """Accounts that are slowed or held now: for the console and the health page."""
    rows = db.session.scalars(select(ChannelPace).order_by(ChannelPace.account).limit(100)).all()
    found = [_restraint(row.account, row, now) for row in rows]
    return [one for one in found if one.pace_bp < pace.FULL_BP or one.held_until is not None]


def list_quotas(*, now: datetime) -> list[Quota]:
    """Today's, by account."""
    query = select(ChannelQuota).where(ChannelQuota.day == pace.platform_day(now)).order_by(ChannelQuota.account)
    rows = db.session.scalars(query.limit(100).execution_options(populate_existing=True))
    return [Quota(account=row.account, day=row.day, cap=row.cap, used=row.used) for row in rows]


def slow_down(account: str, *, now: datetime) -> None:
    """Halve the pace, once for answers that came together."""
    db.session.execute(statements.SLOW_DOWN, {"account": account, "now": now, "before": now - pace.TOGETHER})


def hold(account: str, *, until: datetime, reason: str, now: datetime) -> None:
    """Let nothing leave before; a longer hold stands."""
    db.session.execute(statements.HOLD, {"account": account, "until": until, "reason": reason, "now": now})


def let_go(account: str, *, now: datetime) -> bool:
    """End a hold at once: WeChat raised the limit. False when there was none."""
    return db.session.execute(statements.LET_GO, {"account": account, "now": now}).first() is not None


def take_quota(account: str, *, cap: int, wanted: int, now: datetime) -> int:
    """Up to `wanted` messages of the day's quota; 0 when it is used up, and the account is held until the next day."""
    bound = {"account": account, "day": pace.platform_day(now), "cap": cap}
    for n in sorted({wanted, max(1, wanted // 8), 1}, reverse=True):
        if db.session.execute(statements.TAKE_QUOTA, {**bound, "n": n}).first() is not None:
            return n
    hold(account, until=pace.next_day(now), reason="daily_quota", now=now)
    return 0


def give_quota_back(account: str, *, n: int, day: date) -> None:
    """What a worker took and did not use."""
    db.session.execute(statements.GIVE_QUOTA_BACK, {"account": account, "day": day, "n": n})


def _restraint(account: str, row: ChannelPace | None, now: datetime) -> Restraint:
    if row is None:
        return Restraint(account=account, pace_bp=pace.FULL_BP, held_until=None, hold_reason=None)
    is_held = row.held_until is not None and row.held_until > now
    return Restraint(
        account=account,
        pace_bp=pace.recovered(row.pace_bp, throttled_at=row.throttled_at, now=now),
        held_until=row.held_until if is_held else None,
        hold_reason=row.hold_reason if is_held else None,
    )
