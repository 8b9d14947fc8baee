"""Refusals of payers and settlements."""

from app.errors.tree import RuleBroken


class PayerClosed(RuleBroken):
    """data: payer. It pays for no new batch."""

    code = "payer_closed"


class PeriodNotOver(RuleBroken):
    """data: closes_from, the first instant at which it can be closed."""

    code = "period_not_over"


class SettlementOutOfTurn(RuleBroken):
    """data: first_on, where the payer's next period has to begin (at the latest, when it is the first one)."""

    code = "settlement_out_of_turn"
