"""Earning rules and bills, made through the real services."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.models import Member, Purchase, Store
from app.services import earning_rules, purchases
from app.services.earning_rules import RuleVersion
from app.services.purchases import BillLine, Buyer
from tests.conftest import NOON

_numbers = itertools.count(1)


def make_rule(
    code: str | None = None,
    *,
    event: str = "purchase",
    ledger: str = "points",
    name: str = "规则",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    now: datetime = NOON,
    **terms: Any,
) -> RuleVersion:
    """A rule in force from `now`; `terms` as a marketer writes them."""
    return earning_rules.create(
        code=code or f"rule_{next(_numbers)}",
        event=event,
        ledger=ledger,
        name=name,
        name_en="Rule",
        terms=terms,
        starts_at=starts_at,
        ends_at=ends_at,
        actor=Actor.system(),
        now=now,
    )


def make_purchase(
    member: Member | None,
    *,
    paid_fen: int = 10_000,
    discount_fen: int = 0,
    order_no: str | None = None,
    channel: str = "tmall",
    store: Store | None = None,
    lines: Sequence[BillLine] = (),
    buyer: Buyer | None = None,
    now: datetime = NOON,
    occurred_at: datetime | None = None,
) -> Purchase:
    """A bill of 100 yuan paid in a web shop, unless told otherwise."""
    return purchases.record(
        None if member is None else member.id,
        store_id=None if store is None else store.id,
        channel=channel,
        order_no=order_no or f"order-{next(_numbers)}",
        bill_fen=paid_fen + discount_fen,
        discount_fen=discount_fen,
        lines=lines,
        buyer=buyer,
        occurred_at=occurred_at,
        now=now,
    )
