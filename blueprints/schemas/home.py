"""The mini-program's first screen in one answer."""

from datetime import date

from app.services.check_in_calendar import Calendar
from blueprints.schemas.base import Instant, Out
from blueprints.schemas.check_ins import NextBonusOut
from blueprints.schemas.coupons import OfferOut, TabCounts
from blueprints.schemas.members import MemberOut
from blueprints.schemas.preferences import OfferedSubscription


class CheckInTodayOut(Out):
    """`points` is what today's check-in pays; null once it is done."""

    today: date
    checked_in_today: bool
    streak: int
    points: int | None
    next_bonus: NextBonusOut | None

    @classmethod
    def of(cls, calendar: Calendar) -> "CheckInTodayOut":
        ahead = [day for day in calendar.coming if day.business_date == calendar.today]
        return cls(
            today=calendar.today,
            checked_in_today=calendar.checked_in_today,
            streak=calendar.streak,
            points=ahead[0].worth.total if ahead else None,
            next_bonus=NextBonusOut.of(calendar.next_bonus),
        )


class HomeOut(Out):
    """`offers` are the first of the coupon centre, `subscriptions` what to ask for at the scene `home`."""

    server_time: Instant
    member: MemberOut
    check_in: CheckInTodayOut
    coupons: TabCounts
    offers: list[OfferOut]
    has_more_offers: bool
    subscriptions: list[OfferedSubscription]
