"""Refusals of purchases and their refunds."""

from app.errors.tree import Conflict, InvalidInput, RuleBroken


class RefundAbovePaid(RuleBroken):
    """data: paid_fen, refunded_fen, requested_fen."""

    code = "refund_above_paid"


class PurchaseNotRefundable(RuleBroken):
    """data: status."""

    code = "purchase_not_refundable"


class RefundNumberReused(Conflict):
    """The refund number is known with another amount; data: refund_no."""

    code = "refund_number_reused"


class LinesDoNotAddUp(InvalidInput):
    """data: lines_fen, paid_fen."""

    code = "lines_do_not_add_up"


class PurchaseInFuture(InvalidInput):
    """data: occurred_at."""

    code = "purchase_in_future"
