"""Printing, changing and offering batches."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import AuditEntry
from app.services import coupon_batch_figures, coupon_batches, coupon_offers
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.members import make_member
from tests.factories.staff import make_store

SYSTEM = Actor.system()


def test_names_are_taken_once_and_the_transaction_goes_on(db_session: Session, now: datetime) -> None:
    template = make_template(name="满减")
    with pytest.raises(e.NameTaken):
        make_template(name="满减")
    batch = make_batch(template)
    with pytest.raises(e.NameTaken):
        coupon_batches.create(
            template_public_id=template.public_id,
            name=batch.name,
            how="claim",
            stock=1,
            budget_fen=1000,
            per_member_limit=1,
            claim_starts_at=now,
            claim_ends_at=now + timedelta(days=1),
            actor=SYSTEM,
            now=now,
        )
    assert make_batch(template).status == "active"


def test_a_template_never_pays_out(db_session: Session) -> None:
    with pytest.raises(e.CouponTermsInvalid):
        make_template(value_fen=1001, min_spend_fen=1000)


@pytest.mark.parametrize(("starts", "ends", "budget_fen"), [(2, 1, 9000), (1, 1, 9000), (-2, -1, 9000), (0, 1, 999)])
def test_a_batch_nobody_could_claim_is_not_printed(
    db_session: Session, now: datetime, starts: int, ends: int, budget_fen: int
) -> None:
    days = timedelta(days=1)
    with pytest.raises(e.InvalidInput):
        make_batch(starts_at=now + starts * days, ends_at=now + ends * days, budget_fen=budget_fen)


def test_stock_and_budget_never_go_below_what_is_out(db_session: Session, now: datetime) -> None:
    batch = make_batch(stock=5)
    for _ in range(3):
        give_coupon(make_member(), batch=batch)
    with pytest.raises(e.StockBelowIssued) as stock:
        coupon_batches.change(batch.public_id, stock=2, actor=SYSTEM, now=now)
    assert stock.value.data == {"issued": 3, "stock": 2}
    with pytest.raises(e.BudgetBelowCommitted) as budget:
        coupon_batches.change(batch.public_id, budget_fen=2999, actor=SYSTEM, now=now)
    assert budget.value.data == {"committed_fen": 3000, "budget_fen": 2999}
    changed = coupon_batches.change(batch.public_id, stock=3, budget_fen=3000, actor=SYSTEM, now=now)
    assert coupon_batch_figures.tell(changed).stock_left == 0
    with pytest.raises(e.BatchExhausted):
        give_coupon(make_member(), batch=batch)
    coupon_batches.change(batch.public_id, stock=4, budget_fen=4000, actor=SYSTEM, now=now)
    assert give_coupon(make_member(), batch=batch).is_new


def test_pausing_is_undone_and_closing_is_for_ever_each_audited_once(db_session: Session, now: datetime) -> None:
    batch = make_batch()
    for status in ("paused", "paused", "active", "closed"):
        coupon_batches.change(batch.public_id, status=status, actor=SYSTEM, now=now)
    with pytest.raises(e.BatchClosed):
        coupon_batches.change(batch.public_id, status="active", actor=SYSTEM, now=now)
    told = [
        (entry.details["before"]["status"], entry.details["after"]["status"])
        for entry in db_session.query(AuditEntry).filter_by(action="coupon_batch.update").order_by(AuditEntry.id)
    ]
    # The repeated pause changed nothing and tells nothing.
    assert told == [("active", "paused"), ("paused", "active"), ("active", "closed")]


def test_offers_say_what_keeps_a_member_from_them(db_session: Session, now: datetime) -> None:
    member = make_member()
    hour = timedelta(hours=1)
    free = make_batch(ends_at=now + 1 * hour, per_member_limit=2)
    had = make_batch(ends_at=now + 2 * hour)
    gone = make_batch(ends_at=now + 3 * hour, stock=1)
    high = make_batch(ends_at=now + 4 * hour, min_tier_rank=3)
    broke = make_batch(ends_at=now + 5 * hour, budget_fen=1500)
    for batch, holder in ((free, member), (had, member), (gone, make_member()), (broke, make_member())):
        give_coupon(holder, batch=batch)
    # None of these is on offer.
    make_batch(how="issue")
    make_batch(starts_at=now + hour)
    coupon_batches.change(make_batch().public_id, status="paused", actor=SYSTEM, now=now)
    db_session.expire_all()

    first = coupon_offers.list_offers(member.id, after=None, limit=3, now=now)
    assert first.next_key is not None
    rest = coupon_offers.list_offers(member.id, after=(first.next_key[0], first.next_key[1]), limit=3, now=now)
    assert rest.next_key is None
    offers = [*first.items, *rest.items]
    assert [(offer.printed.batch.id, offer.state) for offer in offers] == [
        (free.id, "claimable"),
        (had.id, "limit_reached"),
        (gone.id, "exhausted"),
        (high.id, "tier_too_low"),
        (broke.id, "exhausted"),
    ]
    assert [offer.remaining_claims for offer in offers] == [1, 0, 1, 1, 1]
    assert [offer.printed.stock_left for offer in offers] == [99, 99, 0, 100, 0]
    assert [offer.tier.code if offer.tier else None for offer in offers] == [None, None, None, "diamond", None]


def test_what_became_of_the_coupons(db_session: Session, now: datetime) -> None:
    batch = make_batch(make_template(valid_days=1, stores=[make_store()]))
    for _ in range(2):
        give_coupon(make_member(), batch=batch)
    counts = {"active": 2, "redeemed": 0, "expired": 0, "revoked": 0, "given": 0}
    assert coupon_batch_figures.count_by_status(batch, now=now) == counts
    assert coupon_batch_figures.count_by_status(batch, now=now + timedelta(days=3)) == counts | {
        "active": 0,
        "expired": 2,
    }
