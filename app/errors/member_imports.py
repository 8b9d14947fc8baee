"""Refusals of imports of members."""

from app.errors.tree import Conflict, InvalidInput, RuleBroken


class ImportUnreadable(InvalidInput):
    """The file as a whole cannot be taken; data: reason, line, sometimes column or most."""

    code = "import_unreadable"


class ImportStateConflict(Conflict):
    """data: state."""

    code = "import_state_conflict"


class ImportHasFaults(RuleBroken):
    """Lines cannot be taken, and leaving them out was not asked for; data: faulty."""

    code = "import_has_faults"


class ImportEmpty(RuleBroken):
    """No line of it would make a member; data: known, faulty."""

    code = "import_empty"
