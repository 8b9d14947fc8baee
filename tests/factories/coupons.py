"""Coupon templates, batches, coupons and visits, made through the real services."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.actor import Actor
from app.extensions import db
from app.models import CouponBatch, CouponTemplate, Member, Staff, Store
from app.services import coupon_batches, coupon_templates, coupons, visits
from app.services.clerks import Clerk
from app.services.visits import OpenedVisit
from app.services.wallet import HeldCoupon
from tests.conftest import NOON

_numbers = itertools.count(1)


def make_template(
    *,
    name: str | None = None,
    value_fen: int = 1000,
    min_spend_fen: int = 5000,
    valid_days: int = 30,
    stores: Sequence[Store] = (),
    now: datetime = NOON,
    **terms: Any,
) -> CouponTemplate:
    """Ten yuan off fifty, thirty days, unless told otherwise; `terms` as in the grammar, None takes one away."""
    said = {
        "kind": "amount_off",
        "value_fen": value_fen,
        "min_spend_fen": min_spend_fen,
        "valid_days": valid_days,
        "stores": [store.code for store in stores] or None,
        **terms,
    }
    return coupon_templates.create(name=name or f"满50减10 {next(_numbers)}", terms=said, actor=Actor.system(), now=now)


def make_batch(
    template: CouponTemplate | None = None,
    *,
    how: str = "claim",
    stock: int = 100,
    budget_fen: int | None = None,
    per_member_limit: int = 1,
    min_tier_rank: int = 0,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    now: datetime = NOON,
    **options: Any,
) -> CouponBatch:
    """A batch open for a week around `now`; its budget pays for the whole stock unless given."""
    template = template or make_template(now=now)
    return coupon_batches.create(
        template_public_id=template.public_id,
        name=f"批次 {next(_numbers)}",
        how=how,
        stock=stock,
        budget_fen=stock * template.worth_fen if budget_fen is None else budget_fen,
        per_member_limit=per_member_limit,
        min_tier_rank=min_tier_rank,
        claim_starts_at=starts_at or now - timedelta(days=1),
        claim_ends_at=ends_at or now + timedelta(days=6),
        actor=Actor.system(),
        now=now,
        **options,
    )


def give_coupon(member: Member, *, batch: CouponBatch | None = None, now: datetime = NOON, **terms: Any) -> HeldCoupon:
    """A coupon the member claimed; `terms` as for make_template when no batch is given."""
    batch = batch or make_batch(make_template(now=now, **terms), now=now)
    return coupons.claim(member.id, batch_public_id=batch.public_id, now=now)


def open_visit(member: Member, *, clerk: Staff, store: Store, now: datetime = NOON) -> OpenedVisit:
    """A scanned code, without the scanning: each call consumes a step of its own."""
    visit = visits.open_visit(member.id, code_step=1_000_000 + next(_numbers), staff=Clerk(clerk.id, store.id), now=now)
    db.session.flush()
    return visit


def at_counter(person: Staff, store: Store) -> Actor:
    """The actor a signed-in person is at the counter of a store."""
    return Actor(kind="staff", id=person.id, role=person.role, store_id=store.id)
