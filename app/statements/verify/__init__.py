"""The invariants as SQL: each query returns the rows that break it, so none is the good answer. Read-only."""

from sqlalchemy import text

from app.statements.verify import (
    adjustments,
    audit,
    badges,
    check_ins,
    coupon_automations,
    coupon_codes,
    coupons,
    growth,
    imports,
    issue_runs,
    members,
    messages,
    payers,
    points,
    purchases,
    segments,
)

# Limited: a broken ledger needs a person, not a million lines.
LIMIT = 20

_ROOMS = (
    points,
    purchases,
    growth,
    check_ins,
    adjustments,
    badges,
    coupons,
    coupon_codes,
    imports,
    issue_runs,
    coupon_automations,
    payers,
    messages,
    members,
    segments,
    audit,
)
CHECKS = {name: check for room in _ROOMS for name, check in room.CHECKS.items()}
QUERIES = {name: text(f"SELECT * FROM ({query}) AS broken LIMIT {LIMIT}") for name, (_, query) in CHECKS.items()}  # noqa: S608
