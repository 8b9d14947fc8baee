"""Refusals of ladders."""

from app.errors.tree import Conflict, InvalidInput


class LadderOverlaps(InvalidInput):
    """Thresholds rise strictly with rank from 0, one for each tier; data: reason, codes."""

    code = "ladder_overlaps"


class LadderNotDraft(Conflict):
    """data: status."""

    code = "ladder_not_draft"


class LadderSettling(Conflict):
    """The ladder before this one is still being applied."""

    code = "ladder_settling"
