"""How fast an account may send after the platform asked to slow down, and when its day begins.

Additive increase, multiplicative decrease: each throttling halves the pace, and it comes back by the second."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FULL_BP: Final = 10_000
# Never slower than a hundredth of the rate: something must leave to find out that it may.
SLOWEST_BP: Final = 100
# Answers to messages that were on their way together tell of one throttling.
TOGETHER: Final = timedelta(seconds=2)
# From a half back to the whole in a hundred seconds.
RECOVERY_BP_PER_SECOND: Final = 50

# WeChat counts a day's messages and a minute's calls on its own wall clock, whatever the shop's zone.
PLATFORM_ZONE: Final = ZoneInfo("Asia/Shanghai")
# Its counters need not turn with the second.
AFTER_MIDNIGHT: Final = timedelta(minutes=1)


def recovered(pace_bp: int, *, throttled_at: datetime, now: datetime) -> int:
    """Basis points of the full rate that may be used now."""
    seconds = max(0, int((now - throttled_at).total_seconds()))
    return min(FULL_BP, pace_bp + seconds * RECOVERY_BP_PER_SECOND)


def platform_day(now: datetime) -> date:
    """The day whose quota a message sent now counts against."""
    return now.astimezone(PLATFORM_ZONE).date()


def next_day(now: datetime) -> datetime:
    """When the platform's next day has safely begun."""
    tomorrow = platform_day(now) + timedelta(days=1)
    return datetime.combine(tomorrow, time(0), tzinfo=PLATFORM_ZONE).astimezone(now.tzinfo) + AFTER_MIDNIGHT


def next_minute(now: datetime) -> datetime:
    """When the limits per minute begin anew, one second to be safe."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1, seconds=1)


def block_size(cap: int) -> int:
    """How many of a day's quota a worker takes at once: few writes, and little lost with a worker that dies."""
    return max(1, min(200, cap // 5_000))
