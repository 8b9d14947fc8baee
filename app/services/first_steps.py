"""What a shop still has to set up before its first customers: each step done by somebody, as delivered, or missing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from app.extensions import db
from app.services import beginnings

# The fast ticks leave a sign of life once a minute.
SCHEDULER_SILENT_AFTER: Final = timedelta(minutes=5)

# One statement, every part a count of few rows or the first row found.
_LOOK: Final = text(
    """
    SELECT (SELECT count(*) FROM store WHERE is_active) AS stores,
           (SELECT count(*) FROM staff WHERE is_active) AS people,
           (SELECT count(DISTINCT s.staff_id) FROM staff_store s JOIN staff ON staff.id = s.staff_id
             WHERE staff.is_active AND staff.role IN ('clerk', 'manager')) AS counter_people,
           (SELECT name FROM programme WHERE id = 1) AS name,
           (SELECT created_by_id IS NOT NULL FROM ladder WHERE status = 'active') AS own_ladder,
           (SELECT count(*) FROM earning_rule_version WHERE starts_at <= :now AND (ends_at IS NULL OR ends_at > :now)) AS rules,
           EXISTS (SELECT FROM earning_rule_version WHERE created_by_id IS NOT NULL) AS own_rules,
           (SELECT count(*) FROM message_template WHERE is_enabled) AS message_templates,
           (SELECT count(*) FROM campaign WHERE kind = 'birthday' AND state IN ('scheduled', 'running')) AS birthdays,
           (SELECT count(*) FROM coupon_batch WHERE status = 'active') AS batches,
           EXISTS (SELECT FROM member WHERE status = 'active') AS has_members,
           (SELECT max(started_at) FROM job_run WHERE started_at > :silent) IS NOT NULL AS ticks
    """
)


@dataclass(frozen=True, slots=True)
class Step:
    """`state`: done, default (works as delivered; nobody has looked at it yet) or missing. `count` where there are several."""

    code: str
    state: str
    count: int | None = None


def look(*, talks_to_wechat: bool, now: datetime) -> list[Step]:
    """Every step, in the order a shop takes them. `talks_to_wechat`: messages go to WeChat itself, not to the sandbox."""
    found = db.session.execute(_LOOK, {"now": now, "silent": now - SCHEDULER_SILENT_AFTER}).one()
    return [
        _own("programme", found.name != beginnings.NAME),
        _some("stores", found.stores),
        # The first person is whoever set the shop up; decisions of value take a second one.
        Step("staff", "done" if found.people > 1 else "missing", found.people),
        _some("counter_staff", found.counter_people),
        _own("ladder", bool(found.own_ladder)),
        _own("earning_rules", found.own_rules, count=found.rules)
        if found.rules
        else Step("earning_rules", "missing", 0),
        _some("coupon_batches", found.batches),
        Step("wechat", "done" if talks_to_wechat else "default"),
        _some("message_templates", found.message_templates),
        _some("birthday_automation", found.birthdays),
        Step("members", "done" if found.has_members else "missing"),
        Step("scheduler", "done" if found.ticks else "missing"),
    ]


def _some(code: str, count: int) -> Step:
    return Step(code, "done" if count else "missing", count)


def _own(code: str, is_own: bool, *, count: int | None = None) -> Step:
    return Step(code, "done" if is_own else "default", count)
