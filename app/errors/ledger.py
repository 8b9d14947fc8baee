"""Refusals of the points and growth ledgers."""

from app.errors.tree import Conflict, InvalidInput, NotAllowed, RuleBroken, Unavailable


class InsufficientPoints(RuleBroken):
    """data: available, requested (whole points)."""

    code = "insufficient_points"


class OrderNumberReused(Conflict):
    """The order number is known with another amount, store or member; data: order_no."""

    code = "order_number_reused"


class RungNotOnTop(RuleBroken):
    """A new rung lies above all others and above every member's growth value; data: above."""

    code = "rung_not_on_top"


class AlreadyReversed(Conflict):
    code = "already_reversed"


class HoldEnded(Conflict):
    """The hold was captured, released or ran out; data: state."""

    code = "hold_ended"


class HoldTooLarge(RuleBroken):
    """data: held, requested (whole points)."""

    code = "hold_too_large"


class ClockBehind(Unavailable):
    """This machine's clock lies before the member's last entry; data: retry_after_seconds."""

    code = "clock_behind"


class ReversalAboveOriginal(RuleBroken):
    """data: original, reversed, requested."""

    code = "reversal_above_original"


class ExpiryTermsInvalid(InvalidInput):
    """data: terms; the grammar is in docs/domain/points.md."""

    code = "expiry_terms_invalid"


class AdjustmentDecided(Conflict):
    """data: state."""

    code = "adjustment_decided"


class SecondPersonNeeded(NotAllowed):
    """Who asked may not approve."""

    code = "second_person_needed"
