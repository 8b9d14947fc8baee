"""What coupons did and cost: the programme, batches, templates, the rewards used most, stores, people, refusals."""

from typing import Any, Final
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, g, render_template, request

from app.errors import NotFound
from blueprints.console import choices, report_period
from blueprints.identity import allow
from blueprints.pages import api, downloads
from blueprints.pages.words import Pair

bp = APIBlueprint("coupon_reports", __name__, enable_openapi=False)

TABS: Final[tuple[tuple[str, Pair], ...]] = (
    ("show", Pair("总览", "Overview")),
    ("show_batches", Pair("按批次", "Batches")),
    ("show_templates", Pair("按模板", "Templates")),
    ("show_top", Pair("最受欢迎", "Most used")),
    ("show_stores", Pair("按门店", "Stores")),
    ("show_clerks", Pair("按店员", "People")),
    ("show_refusals", Pair("拒绝原因", "Refusals")),
)
# What may be downloaded, and what else may be asked of it.
TABLES: Final = {
    "coupon-batches": (),
    "coupon-templates": (),
    "top-rewards": ("by", "min_issued", "limit"),
    "coupon-stores": (),
    "coupon-clerks": ("store_id",),
    "coupon-refusals": ("store_id",),
}
OVERSEERS: Final = ("admin", "auditor", "manager")


@bp.get("/coupon-reports")
@allow("admin", "auditor", "manager", "marketer")
def show() -> str:
    """All coupons of a period."""
    return _report("summary", "/reports/coupons")


@bp.get("/coupon-reports/batches")
@allow("admin", "auditor", "manager", "marketer")
def show_batches() -> str:
    """A line a batch."""
    return _report("batches", "/reports/coupon-batches", "cursor")


@bp.get("/coupon-reports/batches/<uuid:batch_id>")
@allow("admin", "auditor", "manager", "marketer")
def show_batch(batch_id: UUID) -> str:
    """One batch: figures, the curve, bills with and without, stores."""
    return _report("batch", f"/reports/coupon-batches/{batch_id}")


@bp.get("/coupon-reports/templates")
@allow("admin", "auditor", "manager", "marketer")
def show_templates() -> str:
    """A line a template, over all its versions and batches."""
    return _report("templates", "/reports/coupon-templates", "cursor")


@bp.get("/coupon-reports/most-used")
@allow("admin", "auditor", "manager", "marketer")
def show_top() -> str:
    """The templates used most, by count or by rate."""
    return _report("top", "/reports/top-rewards", "by")


@bp.get("/coupon-reports/stores")
@allow("admin", "auditor", "manager", "marketer")
def show_stores() -> str:
    """A line a store."""
    return _report("stores", "/reports/coupon-stores", "cursor")


@bp.get("/coupon-reports/people")
@allow("admin", "auditor", "manager")
def show_clerks() -> str:
    """A line a person at one store."""
    if not request.args.get("store_id"):
        return _rendered("clerks", None)
    return _report("clerks", "/reports/coupon-clerks", "cursor", "store_id")


@bp.get("/coupon-reports/refusals")
@allow("admin", "auditor", "manager", "marketer")
def show_refusals() -> str:
    """Why coupons were refused, of one store or of all."""
    return _report("refusals", "/reports/coupon-refusals", "store_id")


@bp.get("/coupon-reports/tables/<name>.csv")
@allow("admin", "auditor", "manager", "marketer")
def table(name: str) -> Response:
    """A report as a file."""
    if name not in TABLES:
        raise NotFound(kind="page")
    asked = {one: request.args.get(one) for one in TABLES[name]}
    return downloads.answer(f"/reports/{name}.csv", report_period.chosen().query | asked)


def _report(which: str, path: str, *asked: str) -> str:
    query = {name: request.args.get(name) for name in asked}
    return _rendered(which, api.get(path, report_period.chosen().query | query))


def _rendered(which: str, report: Any) -> str:
    tabs = [tab for tab in TABS if tab[0] != "show_clerks" or g.person["role"] in OVERSEERS]
    # Stores are named by code elsewhere; reports ask by id.
    stores = choices.store_ids() if which in ("clerks", "refusals") else []
    return render_template(
        f"console/coupon_report_{which}.html", report=report, days=report_period.chosen(), tabs=tabs, stores=stores
    )
