"""What an automation would have done: who of the last days it is about, and why some could not be told. Nothing is written."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from app.errors import InvalidInput
from app.extensions import db
from app.models import Campaign
from app.models.campaign import AUTOMATIONS
from app.rules.automation_kinds import follows_clock
from app.services import anniversaries, audiences, automation_sources, programmes
from app.services.automation_sources import Span
from app.statements import automation_plan
from app.statements import automation_sources as statements

DAYS: Final = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """targeted = reachable + Σ suppressed; the holdout stands in it as `global` and `campaign`."""

    on: date
    targeted: int
    reachable: int
    suppressed: dict[str, int]


def last_days(campaign: Campaign, *, app_id: str, now: datetime, days: int = DAYS) -> list[Day]:
    """Today and the days before, oldest first, as if it had been running all the while. As members are today: consents,
    permissions, segment; caps and the rest of a topic are decided when a message leaves. Errors: InvalidInput (a broadcast).
    """
    if campaign.kind not in AUTOMATIONS:
        raise InvalidInput(field="kind", reason="not_an_automation")
    today = programmes.business_date(now)
    dates = [today - timedelta(days=n) for n in range(days - 1, -1, -1)]
    asked, values = audiences.question(campaign, app_id=app_id, at=now)
    values |= automation_sources.common(campaign, since=automation_sources.Key().at)
    if follows_clock(campaign.kind, campaign.days_after):
        values |= automation_sources.of_spans([_whole(on) for on in dates])
    else:
        values |= automation_sources.of_dates(
            campaign, [on + timedelta(days=campaign.days_before or 0) for on in dates]
        )
    statement = automation_plan.tally(replace(asked, is_member_time=False), statements.SOURCES[campaign.kind])
    found: dict[date, dict[str | None, int]] = {on: {} for on in dates}
    for row in db.session.execute(statement, values):
        found[row.due_on - timedelta(days=campaign.days_before or 0)][row.reason] = row.members
    return [_day(on, counts) for on, counts in found.items()]


def _whole(on: date) -> Span:
    starts_at, ends_at = anniversaries.bounds(on)
    return Span(starts_at=starts_at, ends_at=ends_at, due_on=on)


def _day(on: date, counts: dict[str | None, int]) -> Day:
    suppressed = {reason: members for reason, members in counts.items() if reason is not None}
    reachable = counts.get(None, 0)
    return Day(on=on, targeted=reachable + sum(suppressed.values()), reachable=reachable, suppressed=suppressed)
