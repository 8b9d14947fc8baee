"""The usual check-in, written by one statement. What is not usual is left to services/check_ins.py, step by step.

Usual: no debt, no held points, a ladder for life, no rung reached, and earning rules that give growth by one rule at most.
Both ways write the same rows (docs/domain/check-ins.md); the difference is four round trips instead of twenty.
"""

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app import clock
from app.extensions import db
from app.models import Tier
from app.models.types import Json as Settings
from app.plain_statements import fetch_one
from app.rules import earning as earning_rules
from app.rules import earning_terms, expiry_terms, tier_ladder
from app.rules import streak as streak_rules
from app.rules.earning import Bill, Payment, Rule
from app.services import badges, coupon_owing
from app.services.check_in_receipts import CHECK_IN_FACTS, CheckInReceipt, occurrence
from app.services.tiers import Standing
from app.statements import check_in_at_once as statements


def attempt(member_id: int, *, now: datetime) -> CheckInReceipt | None:
    """Lock the account and check in; None, and nothing written, when the case is not the usual one."""
    # Settings changed in this transaction must be there to be read.
    db.session.flush()
    look = fetch_one(statements.LOOK, {"member_id": member_id, "now": now})
    if look is None or look.points_owed or look.points_held or not look.settings["is_for_life"]:
        return None
    if look.booked_at is not None and look.booked_at > now:
        return None
    settings = look.settings
    today = clock.business_date(now, zone=settings["zone"], cut_over_hour=settings["cut_over_hour"])
    here, above = _rungs(look)
    payments = _payments(settings, here, today=today, now=now)
    if payments is None:
        return None
    payment = payments[0] if payments else None
    if above is not None and look.growth_value + (payment.amount if payment else 0) >= above.growth_threshold:
        return None
    values = {"member_id": member_id, "now": now, **_values(settings, payment, today=today)}
    row = fetch_one(statements.CHECK_IN, values)
    if row is None:
        return None
    _award(member_id, settings, row, now=now)
    if settings["automations"]:
        reached = occurrence(member_id, today, streak=row.streak, month_count=row.month_count)
        coupon_owing.owe_by(settings["automations"], [reached], now=now)
    return CheckInReceipt(
        business_date=today,
        streak=row.streak,
        month_count=row.month_count,
        points=row.points,
        is_new=True,
        next_bonus=streak_rules.next_bonus(row.streak, bonus=settings["streak_bonus"]),
        next_monthly_bonus=streak_rules.next_bonus(row.month_count, bonus=settings["monthly_bonus"]),
        spendable=int(row.spendable),
        standing=_standing(here, above, growth=row.growth_value),
    )


def _rungs(look: Any) -> tuple[Tier, Tier | None]:
    """The rung the member stands on and the one above; values that belong to no session."""
    rungs = look.settings["rungs"]
    place = next(number for number, rung in enumerate(rungs) if rung["id"] == look.tier_id)
    return Tier(**rungs[place]), Tier(**rungs[place + 1]) if place + 1 < len(rungs) else None


def _payments(settings: Settings, here: Tier, *, today: date, now: datetime) -> list[Payment] | None:
    """What the earning rules give; None when that takes more than one growth entry, or a look at what they gave before."""
    rules = [Rule(**{**rule, "terms": earning_terms.read(rule["terms"])}) for rule in settings["rules"]]
    if any(rule.terms.cap_per_day or rule.terms.cap_per_member for rule in rules):
        return None
    hour = now.astimezone(ZoneInfo(settings["zone"])).hour
    payments = earning_rules.evaluate(rules, Bill(on=today, hour=hour, tier_code=here.code)).payments
    if len(payments) > 1 or any(payment.rule.ledger != "growth" for payment in payments):
        return None
    return payments


def _values(settings: Settings, payment: Payment | None, *, today: date) -> dict[str, Any]:
    source = f"check_in:{today}"
    return {
        "today": today,
        "ladder": settings["ladder"],
        "rungs": len(settings["rungs"]),
        "month": today.replace(day=1),
        "base": settings["check_in_points"],
        "streak_bonus": json.dumps(settings["streak_bonus"]),
        "monthly_bonus": json.dumps(settings["monthly_bonus"]),
        "expires_at": _expires_at(settings, today),
        "source": source,
        "growth": payment.amount if payment else 0,
        "growth_source": f"{source}:{payment.rule.code}" if payment else None,
        "rule_id": payment.rule.rule_id if payment else None,
        "rule_version_id": payment.rule.version_id if payment else None,
        "detail": json.dumps(payment.detail) if payment else None,
        "count_all": any(fact == "check_ins" for fact, _ in settings["badges_ahead"]),
    }


def _expires_at(settings: Settings, today: date) -> datetime | None:
    last = expiry_terms.last_valid_date(expiry_terms.parse(settings["points_expiry"]), today)
    if last is None:
        return None
    return clock.business_day_bounds(last, zone=settings["zone"], cut_over_hour=settings["cut_over_hour"])[1]


def _award(member_id: int, settings: Settings, row: Any, *, now: datetime) -> None:
    """Most check-ins reach no badge: what is ahead was read with the settings."""
    reached = {"streak": row.streak, "check_ins": row.check_ins}
    if any(reached[fact] >= target for fact, target in settings["badges_ahead"]):
        badges.award(member_id, facts=CHECK_IN_FACTS, now=now)


def _standing(here: Tier, above: Tier | None, *, growth: int) -> Standing:
    return Standing(
        tier=here,
        growth_value=growth,
        next_tier=above,
        growth_needed=None if above is None else max(0, above.growth_threshold - growth),
        progress_bp=tier_ladder.progress_bp(
            growth, here=here.growth_threshold, above=above.growth_threshold if above else None
        ),
        qualifying=growth,
        valid_through=None,
        keep_needed=None,
    )
