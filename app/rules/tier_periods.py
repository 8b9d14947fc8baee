"""Which growth counts towards a tier, and how long a tier is sure. All dates are the shop's business dates."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """How tiers are earned and kept; months only for `rolling`."""

    qualification: str = "lifetime"
    qualification_months: int | None = None
    validity_months: int | None = None
    downgrade: str = "balance_based"
    grace_days: int = 0
    notice_days: int = 30

    @property
    def is_for_life(self) -> bool:
        """A tier for life follows the growth value exactly and is never reviewed."""
        return self.qualification == "lifetime"


def counts_from(policy: Policy, on: date) -> date:
    """The first date whose growth counts on a date: a year's is 21 November 2025 to 20 November 2026, both included."""
    if policy.qualification == "calendar_year":
        return date(on.year, 1, 1)
    if policy.qualification_months is not None:
        return _add_months(on, -policy.qualification_months) + timedelta(days=1)
    return date.min


def valid_through(policy: Policy, on: date) -> date | None:
    """The last date of a tier earned on a date; None for life. A calendar year's lasts to the end of the next one."""
    if policy.qualification == "calendar_year":
        return date(on.year + 1, 12, 31)
    if policy.validity_months is not None:
        return _add_months(on, policy.validity_months)
    return None


def renewed(policy: Policy, through: date) -> date:
    """The next last date when a tier goes on: counted from the old one, so that grace and a late review add nothing."""
    if policy.validity_months is not None:
        return _add_months(through, policy.validity_months)
    return date(through.year + 1, 12, 31)


def last_chance(policy: Policy, through: date) -> date:
    """The last date that may still save a tier valid through a date: the grace."""
    return through + timedelta(days=policy.grace_days)


def is_due(policy: Policy, through: date | None, *, today: date) -> bool:
    """Whether the review has to look at a tier valid through this date."""
    return through is not None and not policy.is_for_life and last_chance(policy, through) < today


def looks_back_to(policy: Policy, today: date) -> date:
    """The earliest date whose growth may have led to a tier that is sure today."""
    if policy.qualification == "calendar_year":
        return date(today.year - 2, 1, 1)
    months = (policy.qualification_months or 0) + (policy.validity_months or 0)
    return _add_months(today, -months) - timedelta(days=policy.grace_days)


def _add_months(on: date, months: int) -> date:
    index = on.year * 12 + on.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(on.day, calendar.monthrange(year, month)[1]))
