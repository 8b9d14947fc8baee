"""What the mini-program asks a member to subscribe to at this moment. Nothing is given for saying yes: WeChat forbids it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Row

from app.extensions import db
from app.rules import subscription_needs, subscription_offers
from app.rules.subscription_needs import Automation, OwnDates
from app.rules.subscription_offers import Candidate
from app.services import programmes
from app.statements import subscription_offers as statements


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One template to ask for, and why: `needed_on` is the first date the permissions in hand do not reach."""

    wechat_template_id: str
    title: str
    topic: str
    topic_name: str
    topic_name_en: str
    remaining: int
    reason: Literal["needed", "running_low"]
    needed_on: date | None


def list_for(member_id: int, *, scene: str, now: datetime) -> list[Asked]:
    """Up to three templates to ask for at a scene, the most wanted first; empty: ask for nothing. Two queries."""
    rows = db.session.execute(statements.CANDIDATES, {"member_id": member_id, "scene": scene}).all()
    if not rows:
        return []
    needs = _needs(member_id, rows, now=now)
    candidates = [
        Candidate(template_id=row.id, remaining=row.remaining, weight=row.weight, needs=needs[row.id]) for row in rows
    ]
    by_id = {row.id: row for row in rows}
    return [
        Asked(
            wechat_template_id=row.wechat_template_id,
            title=row.title,
            topic=row.topic,
            topic_name=row.name,
            topic_name_en=row.name_en,
            remaining=row.remaining,
            reason=picked.reason,
            needed_on=picked.needed_on,
        )
        for picked in subscription_offers.pick(candidates)
        for row in [by_id[picked.template_id]]
    ]


def _needs(member_id: int, rows: Sequence[Row[Any]], *, now: datetime) -> dict[int, list[date]]:
    """Dates of messages foreseen, per template."""
    today = programmes.business_date(now)
    own = OwnDates(
        birth_month=rows[0].birth_month,
        birth_day=rows[0].birth_day,
        joined_on=programmes.business_date(rows[0].joined_at),
    )
    needs: dict[int, list[date]] = defaultdict(list)
    for row in rows:
        needs[row.id] += [programmes.business_date(at) for at in row.planned]
    foreseen = db.session.execute(
        statements.FORESEEN, {"member_id": member_id, "template_ids": [row.id for row in rows]}
    )
    for row in foreseen:
        on = programmes.business_date(row.at) if row.at is not None else _own(row, own, today=today)
        if on is not None:
            needs[row.message_template_id].append(on)
    return needs


def _own(row: Row[Any], own: OwnDates, *, today: date) -> date | None:
    automation = Automation(
        kind=row.kind, days_before=row.days_before, days_after=row.days_after, planned_through=row.planned_through
    )
    return subscription_needs.next_on(automation, own, today=today)
