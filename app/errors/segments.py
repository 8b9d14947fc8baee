"""Refusals of segments and tags."""

from app.errors.tree import InvalidInput, RuleBroken, TooMany


class SegmentRuleInvalid(InvalidInput):
    """data: fields = {path: reason}."""

    code = "segment_rule_invalid"


class LifecycleInvalid(InvalidInput):
    """Days and numbers of the stages of life; data: fields = {name: reason}."""

    code = "lifecycle_invalid"


class SegmentUnknownNames(InvalidInput):
    """The rule names tags, tiers, stores, … that there are none of; data: names = {kind: [name, …]}."""

    code = "segment_unknown_names"


class SegmentTooSlow(TooMany):
    """Counting took longer than it may; data: retry_after_seconds."""

    code = "segment_too_slow"


class MemberListFollows(RuleBroken):
    """A segment says who is on the list."""

    code = "member_list_follows"


class SegmentArchived(RuleBroken):
    """It is kept for what was sent by it, and serves nothing new."""

    code = "segment_archived"
