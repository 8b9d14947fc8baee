"""What the points cost: the liability by expiry month, and the trial balance of the ledger."""

from apiflask import APIBlueprint
from flask import Response

from app.services import points_liability, programmes
from blueprints import csv_out
from blueprints.identity import allow, now
from blueprints.schemas import reports as tables
from blueprints.schemas.reports import LiabilityOut, TrialBalanceOut

bp = APIBlueprint("reports", __name__, tag="reports")


@bp.get("/reports/points-liability")
@bp.output(LiabilityOut)
@allow("manager", "marketer", "auditor", "admin")
def liability() -> LiabilityOut:
    """Outstanding points by expiry month, valued in fen; pending, held and owed told apart."""
    return LiabilityOut.of(points_liability.report(now=now()), as_of=now())


@bp.get("/reports/points-liability.csv")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "marketer", "auditor", "admin")
def liability_csv() -> Response:
    """The liability report as a table."""
    rows = tables.liability_rows(points_liability.report(now=now()))
    return csv_out.answer(_name("points-liability"), header=tables.liability_header(), rows=rows)


@bp.get("/reports/trial-balance")
@bp.output(TrialBalanceOut)
@allow("manager", "marketer", "auditor", "admin")
def trial_balance() -> TrialBalanceOut:
    """Every account of the points ledger; together they are zero."""
    return TrialBalanceOut.of(points_liability.trial_balance(), as_of=now())


@bp.get("/reports/trial-balance.csv")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "marketer", "auditor", "admin")
def trial_balance_csv() -> Response:
    """The trial balance as a table."""
    rows = tables.balance_rows(points_liability.trial_balance())
    return csv_out.answer(_name("trial-balance"), header=tables.balance_header(), rows=rows)


def _name(report: str) -> str:
    return f"{report}-{programmes.business_date(now())}.csv"
