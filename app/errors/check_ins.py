"""Refusals of check-ins."""

from app.errors.tree import RuleBroken


class MakeupNotPossible(RuleBroken):
    """data: reason (disabled, not_past, too_old, before_joining, already_checked_in)."""

    code = "makeup_not_possible"


class MakeupLimitReached(RuleBroken):
    """data: limit."""

    code = "makeup_limit_reached"
