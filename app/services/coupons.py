"""Giving coupons: a member claims, the shop issues; never above stock, budget or limits (I6–I8), once per source (I4)."""

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping

from app.actor import Actor
from app.errors import (
    AudienceMismatch,
    BatchExhausted,
    BatchNotOpen,
    BudgetExhausted,
    ClaimLimitReached,
    Conflict,
    LoyaltyError,
    NotFound,
    SelfService,
)
from app.extensions import db
from app.models import CouponBatch
from app.models.types import new_public_id
from app.plain_statements import Plain, fetch_one
from app.services import audit, calendars, staff, wallet
from app.services.calendars import Calendar
from app.services.wallet import HeldCoupon
from app.statements import claim as statements
from app.statements import coupon_life

# The first try may meet a snapshot older than a twin's commit or a top-up; the second holds the member's lock.
TRIES: Final = 3
# Batches the shop gives from by itself: people, runs, automations, tiers.
GIVEN_WAYS: Final = ("issue", "birthday")


def claim(member_id: int, *, batch_public_id: uuid.UUID, now: datetime) -> HeldCoupon:
    """Let a member take a copy.

    Raises NotFound, AudienceMismatch, ClaimLimitReached, BatchNotOpen, BatchExhausted, BudgetExhausted. A repeat is
    another claim: the limit, not a source, bounds it. docs/domain/coupons.md
    """
    public_id = new_public_id()
    return give(
        member_id, batch=batch_public_id, ways=["claim"], source=f"claim:{public_id}", public_id=public_id, now=now
    )


class Claim:
    """A claim for whoever has no session: one statement; what it does not give is for `claim` to tell."""

    def __init__(self, member_id: int, batch_public_id: uuid.UUID, *, calendar: Calendar, now: datetime) -> None:
        public_id = new_public_id()
        source = f"claim:{public_id}"
        self._values = _wanted(
            member_id, batch_public_id, ways=["claim"], source=source, public_id=public_id, shop=calendar, now=now
        )
        self.plain: Plain = (statements.GIVE, self._values)

    def given(self, rows: Sequence[Any]) -> HeldCoupon | None:
        """What its rows tell; None when nothing was given."""
        return _given(rows[0], self._values) if rows else None


def issue(
    member_id: int, *, batch_id: int, source: str, now: datetime, actor: Actor, note: str | None = None
) -> HeldCoupon:
    """Give a member a copy of a batch made for issuing or birthdays; audited when a person does it.

    `source` names the event ("issue:7:…", "birthday:2026"): its repeat returns the first coupon with `is_new` False.
    Raises what `claim` raises, and SelfService for a person's own membership.
    """
    if actor.kind == "staff" and actor.id is not None and staff.is_own_membership(actor.id, member_id):
        raise SelfService
    batch = db.session.get(CouponBatch, batch_id)
    if batch is None:
        raise NotFound(kind="coupon_batch")
    coupon = give(member_id, batch=batch.public_id, ways=GIVEN_WAYS, source=source, now=now)
    if coupon.is_new and actor.kind == "staff":
        audit.record(
            "coupon.issue",
            actor=actor,
            object_kind="coupon",
            object_id=coupon.id,
            details={"member_id": member_id, "batch_id": batch_id, "value_fen": coupon.value_fen, "note": note},
            now=now,
        )
    return coupon


def move_all(from_member_id: int, to_member_id: int, *, now: datetime) -> int:  # noqa: ARG001 as every move_all
    """Give a merged member's coupons to the kept one; returns how many. The caller holds both accounts.

    A copy takes a free slot of its batch, or none when the limit is full: nobody loses a coupon by being one person.
    Redemptions follow by foreign key.
    """
    result = db.session.execute(
        coupon_life.MOVE_ALL, {"merged": from_member_id, "kept": to_member_id, "merged_name": str(from_member_id)}
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def expire_due(*, now: datetime, limit: int) -> int:
    """Mark at most `limit` lapsed coupons; a coupon being redeemed this moment is left for the next run."""
    result = db.session.execute(coupon_life.EXPIRE, {"now": now, "limit": limit})
    return int(result.rowcount)  # type: ignore[attr-defined]


def give(
    member_id: int,
    *,
    batch: uuid.UUID,
    ways: Sequence[str],
    source: str,
    now: datetime,
    public_id: uuid.UUID | None = None,
) -> HeldCoupon:
    """Give a copy of a batch that is handed out in one of these ways, once per source; whoever calls checks who may.

    Raises what `claim` raises.
    """
    values = _wanted(
        member_id,
        batch,
        ways=ways,
        source=source,
        public_id=public_id or new_public_id(),
        shop=calendars.known(),
        now=now,
    )
    db.session.flush()  # the statement goes past the session, and must see what this transaction changed so far
    for _ in range(TRIES):
        row = fetch_one(statements.GIVE, values)
        if row is not None:
            return _given(row, values)
        # The statement refuses by a calendar that has changed, too.
        values |= calendar(now, calendars.fresh())
        found = db.session.execute(statements.WHY_NOT, values).mappings().one_or_none()
        if found is None or found["member_status"] != "active":
            raise NotFound(kind="coupon_batch" if found is None else "member")
        if found["first_public_id"] is not None:
            return wallet.get(member_id, public_id=found["first_public_id"], now=now)
        refusal = _refusal(found, ways=ways, now=now)
        if refusal is not None:
            raise refusal
    raise Conflict(kind="coupon_batch")


def _wanted(
    member_id: int,
    batch: uuid.UUID,
    *,
    ways: Sequence[str],
    source: str,
    public_id: uuid.UUID,
    shop: Calendar,
    now: datetime,
) -> dict[str, Any]:
    return {
        "member_id": member_id,
        "batch": batch,
        "ways": list(ways),
        "source": source,
        "public_id": public_id,
        "dice": random.randrange(64),  # noqa: S311 which bucket is looked at first
        "now": now,
        **calendar(now, shop),
    }


def _given(row: Any, values: Mapping[str, Any]) -> HeldCoupon:
    known = Calendar(values["zone"], values["cut_over_hour"])
    return replace(wallet.held(row._asdict(), now=values["now"], calendar=known), is_new=True)


def calendar(now: datetime, shop: Calendar | None = None) -> dict[str, Any]:
    """A coupon lives to the end of a business day: "30 days" never ends in the middle of an evening."""
    shop = shop or calendars.fresh()
    today = shop.date_of(now)
    return {
        "today": today,
        "day_ends_at": shop.end_of(today),
        "zone": shop.zone,
        "cut_over_hour": shop.cut_over_hour,
    }


def _refusal(found: RowMapping, *, ways: Sequence[str], now: datetime) -> LoyaltyError | None:
    """The first reason that holds; None when nothing refuses any more (the world moved: try again)."""
    is_open = found["status"] == "active" and found["claim_starts_at"] <= now < found["claim_ends_at"]
    day, life = found["per_day_limit"], found["life_limit"]
    reasons: tuple[tuple[bool, LoyaltyError], ...] = (
        (found["how"] not in ways, BatchNotOpen(how=found["how"])),
        (found["rank"] < found["min_tier_rank"], AudienceMismatch(tier=found["tier"], tier_en=found["tier_en"])),
        (not found["listed"], AudienceMismatch(reason="not_listed")),
        (
            found["taken"] >= found["per_member_limit"],
            ClaimLimitReached(per_member_limit=found["per_member_limit"], per="batch"),
        ),
        (0 < life <= found["taken_ever"], ClaimLimitReached(per_member_limit=life, per="life")),
        (0 < day <= found["taken_today"], ClaimLimitReached(per_member_limit=day, per="day")),
        (
            not is_open or found["is_past"],
            BatchNotOpen(
                status=found["status"],
                claim_starts_at=found["claim_starts_at"],
                claim_ends_at=found["claim_ends_at"],
            ),
        ),
        (not found["stock_left"], BatchExhausted()),
        (not found["budget_left"], BudgetExhausted()),
    )
    return next((error for holds, error in reasons if holds), None)
