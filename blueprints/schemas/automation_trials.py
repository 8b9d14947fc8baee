"""What an automation would have done, on the wire."""

from datetime import date

from app.services.automation_trials import Day
from blueprints.schemas.base import Out


class AutomationTrialDay(Out):
    """targeted = reachable + Σ suppressed."""

    on: date
    targeted: int
    reachable: int
    suppressed: dict[str, int]


class AutomationTrialOut(Out):
    """`days` oldest first, today last; the totals are theirs."""

    targeted: int
    reachable: int
    days: list[AutomationTrialDay]

    @classmethod
    def of(cls, days: list[Day]) -> "AutomationTrialOut":
        return cls(
            targeted=sum(day.targeted for day in days),
            reachable=sum(day.reachable for day in days),
            days=[AutomationTrialDay.model_validate(day) for day in days],
        )
