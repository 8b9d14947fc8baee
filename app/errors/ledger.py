"""Refusals of the points and growth ledgers."""

from app.errors.tree import Conflict, RuleBroken


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
