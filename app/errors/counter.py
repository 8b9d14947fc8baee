"""Refusals at the counter: codes and visits."""

from app.errors.tree import Conflict, InvalidInput, NotAllowed, RuleBroken


class MemberCodeMalformed(InvalidInput):
    """Wrong length, not digits, or the check digit does not fit: scan again."""

    code = "member_code_malformed"


class MemberCodeExpired(RuleBroken):
    """The code is of another moment (a screenshot): ask the customer to refresh."""

    code = "member_code_expired"


class MemberCodeUsed(Conflict):
    """The code was already scanned for another visit."""

    code = "member_code_used"


class VisitEnded(Conflict):
    """The counter visit was used or ran out: scan a fresh code."""

    code = "visit_ended"


class SelfService(NotAllowed):
    """A clerk may not serve their own membership."""

    code = "self_service"


class StaffLimitReached(RuleBroken):
    """What one person of the counter may do on a day is used up; data: limit (which), cap (of it)."""

    code = "staff_limit_reached"


class PointsNotAccepted(RuleBroken):
    """Points cannot pay so much of this bill; data: reason (switched_off, coupon, too_few, too_many), most_points."""

    code = "points_not_accepted"


class NothingToSettle(InvalidInput):
    """A bill of nothing without a coupon."""

    code = "nothing_to_settle"
