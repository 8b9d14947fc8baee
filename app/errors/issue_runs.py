"""Refusals of issue runs, revocations and lists of members."""

from app.errors.tree import Conflict, RuleBroken


class IssueRunStateConflict(Conflict):
    """data: state."""

    code = "issue_run_state_conflict"


class IssueRunNotCovered(RuleBroken):
    """Stock or budget do not pay for the whole audience; data: members, stock_left, needed_fen, budget_left_fen."""

    code = "issue_run_not_covered"


class MemberListInUse(Conflict):
    """An issue run goes through the list."""

    code = "member_list_in_use"


class RevocationGrew(Conflict):
    """More coupons would be revoked than whoever asked was told of; data: expected, found."""

    code = "revocation_grew"


class RevocationStateConflict(Conflict):
    """data: state."""

    code = "revocation_state_conflict"


class RevocationUndoPassed(RuleBroken):
    """data: undo_until."""

    code = "revocation_undo_passed"


class BatchBeingRevoked(Conflict):
    """Its coupons are being taken back: it cannot be opened again before that is done."""

    code = "batch_being_revoked"
