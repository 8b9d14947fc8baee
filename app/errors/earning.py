"""Refusals of earning rules."""

from app.errors.tree import Conflict, InvalidInput, RuleBroken


class RuleNotActive(RuleBroken):
    """data: code."""

    code = "rule_not_active"


class RuleVersionsOverlap(Conflict):
    """Two versions of a rule may not be in force at once; data: code, starts_at."""

    code = "rule_versions_overlap"


class RuleTermsInvalid(InvalidInput):
    """data: fields = {place: reason}."""

    code = "rule_terms_invalid"
