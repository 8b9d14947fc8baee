"""Reports of the whole programme: what is owed in points, whether the ledger balances, what all marketing changed."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, render_template

from blueprints.console import goals, report_period
from blueprints.identity import allow
from blueprints.pages import api, downloads
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import Pair

bp = APIBlueprint("reports", __name__, enable_openapi=False)

READERS = ("admin", "auditor", "manager", "marketer")
ACCOUNTS = {
    "member": Pair("会员可用", "Members’ balances"),
    "owed": Pair("会员待扣", "Owed by members"),
    "issue": Pair("发放", "Issued"),
    "spend": Pair("使用", "Spent"),
    "expire": Pair("到期", "Expired"),
    "adjust": Pair("人工调整", "Corrected by hand"),
    "merge": Pair("合并中转", "Merges in transit"),
}
# rules/lift.py names them.
VERDICTS = {
    "higher": ("success", "高于对照组", "higher than the holdout"),
    "lower": ("danger", "低于对照组", "lower than the holdout"),
    "no_difference": ("secondary", "没有可靠差别", "no sure difference"),
    "too_few": ("secondary", "人数太少，无法判断", "too few people to tell"),
}


@bp.get("/reports/points-liability")
@allow(*READERS)
def liability() -> str:
    """Outstanding points by month of expiry."""
    found = api.get("/reports/points-liability")
    return render_template("console/points_liability.html", found=found, chart=goals.liability(found["rows"]))


@bp.get("/reports/points-liability.csv")
@allow(*READERS)
def liability_csv() -> Response:
    """The same as a file."""
    return downloads.answer("/reports/points-liability.csv")


@bp.get("/reports/trial-balance")
@allow(*READERS)
def trial_balance() -> str:
    """Every account of the ledger; together they are zero."""
    return render_template("console/trial_balance.html", found=api.get("/reports/trial-balance"), names=ACCOUNTS)


@bp.get("/reports/trial-balance.csv")
@allow(*READERS)
def trial_balance_csv() -> Response:
    """The same as a file."""
    return downloads.answer("/reports/trial-balance.csv")


@bp.get("/reports/marketing")
@allow(*READERS)
def marketing() -> str:
    """What all marketing of a period changed, against the members kept out of it."""
    days = report_period.chosen()
    told: dict[str, Any] = {"found": None, "refusal": None}
    try:
        told["found"] = api.get("/reports/marketing", days.query)
    except ApiRefusal as refusal:
        if refusal.code != "invalid_input":
            raise
        told["refusal"] = refusal
    return render_template("console/marketing_report.html", days=days, verdicts=VERDICTS, **told)
