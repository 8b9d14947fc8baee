"""The earning rules every installation begins with; a shop then changes them like any other."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import EarningRule, EarningRuleVersion
from app.rules import earning_terms

# code, event, ledger, zh-CN name, English name, terms
RULES: tuple[tuple[str, str, str, str, str, dict[str, Any]], ...] = (
    ("base_points", "purchase", "points", "消费得积分", "Points for purchases", {"kind": "per_yuan", "rate": 1}),
    ("base_growth", "purchase", "growth", "消费得成长值", "Growth for purchases", {"kind": "per_yuan", "rate": 1}),
    ("check_in_growth", "check_in", "growth", "签到得成长值", "Growth for check-ins", {"kind": "fixed", "amount": 1}),
)
# A bill of last week that is reported today earns what every bill has always earned.
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


def add_missing(*, now: datetime) -> int:
    """Write the rules that are missing, also on a database older than they are; returns how many."""
    known = set(db.session.scalars(select(EarningRule.code)))
    missing = [rule for rule in RULES if rule[0] not in known]
    for code, event, ledger, name, name_en, terms in missing:
        rule = EarningRule(code=code, event=event, ledger=ledger, created_at=now)
        db.session.add(rule)
        # The version names its rule.
        db.session.flush()
        db.session.add(
            EarningRuleVersion(
                rule_id=rule.id,
                version=1,
                name=name,
                name_en=name_en,
                terms=earning_terms.parse(terms, event=event, ledger=ledger).as_json(),
                starts_at=BEGINNING,
                created_at=now,
            )
        )
    return len(missing)
