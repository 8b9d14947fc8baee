"""Coupons at the counters: by store and person, refusals by reason, bills with and without one. docs/domain/coupon-reports.md"""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

from app.extensions import db
from app.paging import Page, cut
from app.services.periods import Period
from app.statements import counter_reports as statements

# There are fewer reasons than this; a report is no longer for a bug.
MOST_REASONS = 100


@dataclass(frozen=True, kw_only=True)
class AtCounter:
    """Of a store or a person: uses that stand, uses undone at the counter, uses a refund gave back, refusals; fen of the
    first."""

    key: int
    public_id: uuid.UUID
    name: str
    redemptions: int
    undone: int
    returned: int
    refused: int
    discount_fen: int
    cost_fen: int


@dataclass(frozen=True)
class Reason:
    """Why coupons were refused (an error's code), how often, at how many stores and with how many people."""

    reason: str
    times: int
    stores: int
    people: int


@dataclass(frozen=True)
class BillSums:
    """Paid bills, in fen as rung up and as paid (coupons and refunds taken off)."""

    bills: int
    bill_fen: int
    paid_fen: int

    @property
    def average_bill_fen(self) -> int | None:
        """Rounded down; None without bills."""
        return self.bill_fen // self.bills if self.bills else None

    @property
    def average_paid_fen(self) -> int | None:
        """Rounded down; None without bills."""
        return self.paid_fen // self.bills if self.bills else None


@dataclass(frozen=True, kw_only=True)
class Bills:
    """Members' bills of the same stores and days: with a coupon (of the batch, where one is asked for) and without any."""

    with_coupon: BillSums
    without: BillSums


def list_stores(period: Period, *, after: tuple[int] | None, limit: int) -> Page[AtCounter]:
    """All stores, oldest first; `after` is the `key` of the last row seen."""
    values = {**_instants(period), "after": after[0] if after else 0, "limit": limit + 1}
    return _people_or_stores(statements.STORES, values, limit=limit)


def list_clerks(store_id: int, *, period: Period, after: tuple[int] | None, limit: int) -> Page[AtCounter]:
    """Whoever used a coupon or was refused one at a store; `after` is the `key` of the last row seen."""
    values = {**_instants(period), "store_id": store_id, "after": after[0] if after else 0, "limit": limit + 1}
    return _people_or_stores(statements.CLERKS, values, limit=limit)


def stores_of_batch(batch_id: int, *, period: Period, limit: int) -> list[AtCounter]:
    """Where a batch's coupons were used, most first; refusals do not say of which batch."""
    values = {**_instants(period), "batch_id": batch_id, "limit": limit}
    return [_at(row) for row in db.session.execute(statements.STORES_OF_BATCH, values).mappings()]


def reasons(period: Period, *, store_id: int | None = None) -> list[Reason]:
    """Why coupons were refused at the counters (of one store), most often first."""
    values: dict[str, Any] = {**_instants(period), "limit": MOST_REASONS}
    statement = statements.REASONS
    if store_id is not None:
        statement, values["store_id"] = statements.REASONS_AT, store_id
    return [Reason(row.reason, row.times, row.stores, row.people) for row in db.session.execute(statement, values)]


def bills(period: Period, *, batch_id: int | None = None) -> Bills:
    """Bills with a coupon beside bills without any, at the stores that took one (of the batch) in the period."""
    values: dict[str, Any] = _instants(period)
    statement = statements.BILLS
    if batch_id is not None:
        statement, values["batch_id"] = statements.BILLS_OF_BATCH, batch_id
    row = db.session.execute(statement, values).mappings().one()
    return Bills(
        with_coupon=BillSums(*(int(row[f"my_{name}"]) for name in ("bills", "bill_fen", "paid_fen"))),
        without=BillSums(*(int(row[name] - row[f"coupon_{name}"]) for name in ("bills", "bill_fen", "paid_fen"))),
    )


def _instants(period: Period) -> dict[str, Any]:
    return {"starts_at": period.starts_at, "ends_at": period.ends_at}


def _people_or_stores(statement: Any, values: dict[str, Any], *, limit: int) -> Page[AtCounter]:
    rows = [_at(row) for row in db.session.execute(statement, values).mappings()]
    return cut(rows, limit, lambda one: (one.key,))


def _at(row: RowMapping) -> AtCounter:
    counts = ("redemptions", "undone", "returned", "refused", "discount_fen", "cost_fen")
    told: dict[str, Any] = {name: row[name] for name in ("key", "public_id", "name")}
    return AtCounter(**told | {name: int(row[name]) for name in counts})
