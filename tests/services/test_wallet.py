"""The wallet's tabs: as of now, whatever the expiry tick has done."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.services import coupons, redemptions, wallet
from tests.factories.coupons import at_counter, give_coupon, make_batch, make_template, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store


def test_tabs_counts_and_pages(db_session: Session, now: datetime) -> None:
    member, store = make_member(), make_store(name="江边店")
    clerk = make_staff(at=[store])
    lasting = [give_coupon(member, valid_days=days) for days in (9, 5, 7)]
    lapsing = [give_coupon(member, valid_days=1) for _ in range(2)]
    used = give_coupon(member, valid_days=9)
    redemptions.redeem(
        visit_public_id=open_visit(member, clerk=clerk, store=store).public_id,
        coupon_public_id=used.public_id,
        bill_fen=6000,
        order_no=None,
        actor=at_counter(clerk, store),
        now=now,
    )
    later = now + timedelta(days=3)
    for _ in range(2):
        assert wallet.count_by_tab(member.id, now=later) == {"active": 3, "redeemed": 1, "expired": 2}
        seen = []
        after = None
        while True:
            page = wallet.list_held(member.id, status="active", after=after, limit=2, now=later)
            seen += [coupon.public_id for coupon in page.items]
            after = page.next_key
            if after is None:
                break
        assert seen == [lasting[1].public_id, lasting[2].public_id, lasting[0].public_id]
        expired = wallet.list_held(member.id, status="expired", after=None, limit=9, now=later).items
        assert {coupon.public_id for coupon in expired} == {coupon.public_id for coupon in lapsing}
        assert {coupon.status for coupon in expired} == {"expired"}
        # The second round reads the same after the tick.
        coupons.expire_due(now=later, limit=10)
    (redeemed,) = wallet.list_held(member.id, status="redeemed", after=None, limit=9, now=later).items
    assert (redeemed.public_id, redeemed.redeemed_store) == (used.public_id, "江边店")


def test_descending_pages_meet_without_gap_or_repeat(db_session: Session, now: datetime) -> None:
    member = make_member()
    batch = make_batch(make_template(valid_days=1), per_member_limit=5)
    given = {give_coupon(member, batch=batch).public_id for _ in range(5)}
    later, seen, after = now + timedelta(days=5), [], None
    for _ in range(3):
        page = wallet.list_held(member.id, status="expired", after=after, limit=2, now=later)
        seen += [coupon.public_id for coupon in page.items]
        after = page.next_key
    assert after is None
    assert len(seen) == 5
    assert set(seen) == given


def test_what_is_usable_at_a_store(db_session: Session, now: datetime) -> None:
    member, here, there = make_member(), make_store(), make_store()
    anywhere = give_coupon(member, valid_days=5)
    only_here = give_coupon(member, valid_days=3, stores=[here])
    give_coupon(member, stores=[there])
    give_coupon(make_member())
    usable = wallet.list_usable(member.id, store_code=here.code, now=now)
    assert [coupon.public_id for coupon in usable] == [only_here.public_id, anywhere.public_id]
    assert usable[0].terms.stores == (here.code,)


def test_somebody_elses_coupon_is_not_there(db_session: Session, now: datetime) -> None:
    coupon = give_coupon(make_member())
    with pytest.raises(NotFound):
        wallet.get(make_member().id, public_id=coupon.public_id, now=now)
