"""What coupons did and cost: worked figures, a fixed number of queries, pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import CouponBatch, RedemptionAttempt, Staff, Store
from app.services import counter_reports, coupon_reports, coupons, periods, purchases
from app.services.periods import Period
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.members import make_member
from tests.factories.payers import make_paid_batch, make_payer, undo, use
from tests.factories.staff import make_staff, make_store

DAY = timedelta(days=1)


@dataclass
class Counter:
    """A store and who works there."""

    store: Store
    person: Staff
    now: datetime

    def use(self, batch: CouponBatch, **bill: Any) -> Any:
        return use(batch, clerk=self.person, store=self.store, **({"now": self.now, "given_at": self.now} | bill))

    def sell(self, bill_fen: int) -> None:
        """A bill without a coupon."""
        number = self.store.id * 1_000_000 + bill_fen
        purchases.record(
            make_member().id,
            store_id=self.store.id,
            channel=f"store:{self.store.id}",
            order_no=str(number),
            bill_fen=bill_fen,
            now=self.now,
        )

    def refuse(self, reason: str, *, at: datetime | None = None) -> RedemptionAttempt:
        return RedemptionAttempt(
            store_id=self.store.id,
            staff_id=self.person.id,
            coupon_public_ids=[],
            reason=reason,
            tried_at=at or self.now,
        )


@pytest.fixture
def counter(db_session: Session, now: datetime) -> Counter:
    store = make_store(name="江边店")
    return Counter(store, make_staff("manager", at=[store], display_name="王芳"), now)


@pytest.fixture
def november(db_session: Session) -> Period:
    return periods.of(date(2026, 11, 1), date(2026, 12, 1))


def test_of_a_batch_everything_is_told(counter: Counter, november: Period, now: datetime) -> None:
    batch = make_paid_batch(make_payer(name="茶厂"), share_bp=5_000, value_fen=999, valid_days=20)
    for _ in range(3):
        counter.use(batch)
    later = counter.use(batch, now=now + 5 * DAY)
    undone = counter.use(batch, now=now + 6 * DAY)
    undo(undone, clerk=counter.person, store=counter.store, now=now + 6 * DAY)
    give_coupon(make_member(), batch=batch)
    told = coupon_reports.of_batch(batch.public_id, november, now=now + 7 * DAY)
    figures = told.batch.figures
    assert (figures.issued, figures.used, figures.used_bp, figures.by_way) == (6, 4, 6_666, {"claim": 6})
    assert (figures.active, figures.used_up, figures.expired, figures.revoked) == (2, 4, 0, 0)
    assert (figures.redemptions, figures.given_back, figures.discount_fen, figures.cost_fen) == (4, 1, 3_996, 3_996)
    assert (figures.payer_fen, figures.shop_fen, told.batch.payer) == (4 * 499, 4 * 500, "茶厂")
    assert (told.batch.budget_fen, told.batch.committed_fen, told.batch.spent_fen) == (99_900, 5_994, 3_996)
    assert told.batch.spent_bp == 400
    assert [(day.day, day.coupons, day.so_far, day.so_far_bp) for day in told.curve] == [
        (0, 3, 3, 5_000),
        (5, 1, 4, 6_666),
    ]
    assert [(one.name, one.redemptions, one.undone) for one in told.stores] == [("江边店", 4, 1)]
    assert later.batch_id == batch.id
    # A month on, the two left have expired, whether or not the tick ran.
    assert coupon_reports.of_batch(batch.public_id, november, now=now + 30 * DAY).batch.figures.expired == 2


def test_coupons_are_told_by_their_issue_and_uses_by_their_day(counter: Counter, now: datetime) -> None:
    batch = make_batch(make_template(valid_days=60))
    counter.use(batch, now=now + 15 * DAY)
    november, december = (
        periods.of(date(2026, 11, 1), date(2026, 12, 1)),
        periods.of(date(2026, 12, 1), date(2027, 1, 1)),
    )
    found = [coupon_reports.of_batch(batch.public_id, one, now=now + 20 * DAY) for one in (november, december)]
    assert [(one.batch.figures.issued, one.batch.figures.used) for one in found] == [(1, 1), (0, 0)]
    assert [(one.batch.figures.redemptions, one.batch.figures.cost_fen) for one in found] == [(0, 0), (1, 1_000)]
    # The curve follows November's coupons wherever they went; the budget knows no months.
    assert [[(day.day, day.coupons) for day in one.curve] for one in found] == [[(15, 1)], []]
    assert [(one.batch.spent_fen, one.batch.figures.used_bp) for one in found] == [(1_000, 10_000), (1_000, None)]


def test_families_gather_their_batches_and_ways(counter: Counter, november: Period, now: datetime) -> None:
    template = make_template(name="满50减10")
    claimed, issued = make_batch(template), make_batch(template, how="issue", per_member_limit=5)
    counter.use(claimed)
    for source in ("issue:1", "birthday:2026", "birthday:2027"):
        coupons.issue(make_member().id, batch_id=issued.id, source=source, now=now, actor=Actor.system())
    make_batch(make_template(name="没人要"))
    found = coupon_reports.list_families(november, after=None, limit=10, now=now).items
    assert [(one.name, one.batches, one.figures.issued) for one in found] == [("没人要", 1, 0), ("满50减10", 2, 4)]
    assert found[1].figures.by_way == {"claim": 1, "issue": 1, "birthday": 2}
    assert (found[1].public_id, found[1].budget_fen, found[1].committed_fen) == (template.family_id, 200_000, 4_000)
    whole = coupon_reports.summary(november, now=now)
    assert (whole.figures.issued, whole.figures.redemptions, whole.figures.by_way) == (4, 1, found[1].figures.by_way)


def test_batches_come_in_pages(counter: Counter, november: Period, now: datetime) -> None:
    batches = [make_batch() for _ in range(3)]
    counter.use(batches[1])
    first = coupon_reports.list_batches(november, after=None, limit=2, now=now)
    assert [one.name for one in first.items] == [batches[2].name, batches[1].name]
    assert [one.figures.redemptions for one in first.items] == [0, 1]
    rest = coupon_reports.list_batches(november, after=first.next_key, limit=2, now=now)
    assert ([one.name for one in rest.items], rest.next_key) == ([batches[0].name], None)
    families = coupon_reports.list_families(november, after=None, limit=2, now=now)
    assert families.next_key == (families.items[1].key,)


def test_the_rewards_used_most(counter: Counter, november: Period, now: datetime) -> None:
    # Many used of many, few used of few, one of one.
    for name, issued, used in (("多", 6, 3), ("少", 3, 2), ("一", 1, 1), ("零", 4, 0)):
        batch = make_batch(make_template(name=name))
        for number in range(issued):
            if number < used:
                counter.use(batch)
            else:
                give_coupon(make_member(), batch=batch)
    by = {
        way: [(one.name, one.figures.redemptions, one.figures.used_bp) for one in found]
        for way in ("count", "rate")
        for found in [coupon_reports.top_rewards(november, by=way, min_issued=2, limit=10, now=now)]
    }
    assert by["count"] == [("多", 3, 5_000), ("少", 2, 6_666), ("一", 1, 10_000)]
    assert by["rate"] == [("少", 2, 6_666), ("多", 3, 5_000)]
    assert len(coupon_reports.top_rewards(november, by="count", min_issued=1, limit=2, now=now)) == 2


def test_bills_with_a_coupon_beside_bills_without_any(counter: Counter, november: Period, now: datetime) -> None:
    batch, other = make_batch(), make_batch()
    counter.use(batch, bill_fen=10_000)
    counter.use(batch, bill_fen=6_001)
    counter.use(other, bill_fen=50_000)
    counter.sell(4_000)
    counter.sell(2_000)
    slip = counter.use(batch, bill_fen=90_000)
    undo(slip, clerk=counter.person, store=counter.store, now=now)
    # Another store took none: its bills are not comparable.
    empty = make_store()
    Counter(empty, make_staff("manager", at=[empty]), now).sell(100_000)
    bills = counter_reports.bills(november, batch_id=batch.id)
    assert (bills.with_coupon.bills, bills.with_coupon.bill_fen, bills.with_coupon.paid_fen) == (2, 16_001, 14_001)
    assert (bills.with_coupon.average_bill_fen, bills.with_coupon.average_paid_fen) == (8_000, 7_000)
    assert (bills.without.bills, bills.without.average_bill_fen, bills.without.average_paid_fen) == (2, 3_000, 3_000)
    whole = counter_reports.bills(november)
    assert (whole.with_coupon.bills, whole.without.bills, whole.without.bill_fen) == (3, 2, 6_000)
    nothing = counter_reports.bills(periods.of(date(2026, 1, 1), date(2026, 2, 1)))
    assert (nothing.with_coupon.average_bill_fen, nothing.without.average_paid_fen) == (None, None)


def test_stores_people_and_refusals(counter: Counter, november: Period, db_session: Session, now: datetime) -> None:
    batch = make_batch()
    for _ in range(2):
        counter.use(batch)
    undo(counter.use(batch), clerk=counter.person, store=counter.store, now=now)
    second = make_staff(at=[counter.store], display_name="小李")
    use(batch, clerk=second, store=counter.store, now=now)
    db_session.add_all(
        [
            counter.refuse("coupon_expired"),
            counter.refuse("coupon_expired"),
            counter.refuse("wrong_store"),
            counter.refuse("coupon_expired", at=now - 30 * DAY),
        ]
    )
    db_session.flush()
    empty = make_store(name="空店")
    stores = counter_reports.list_stores(november, after=None, limit=10).items
    assert [(one.name, one.redemptions, one.undone, one.refused, one.cost_fen) for one in stores] == [
        ("江边店", 3, 1, 3, 3_000),
        ("空店", 0, 0, 0, 0),
    ]
    page = counter_reports.list_clerks(counter.store.id, period=november, after=None, limit=1)
    assert [(one.name, one.redemptions, one.undone, one.refused) for one in page.items] == [("王芳", 2, 1, 3)]
    rest = counter_reports.list_clerks(counter.store.id, period=november, after=page.next_key, limit=1)
    assert ([(one.name, one.redemptions, one.refused) for one in rest.items], rest.next_key) == ([("小李", 1, 0)], None)
    assert [(one.reason, one.times, one.stores, one.people) for one in counter_reports.reasons(november)] == [
        ("coupon_expired", 2, 1, 1),
        ("wrong_store", 1, 1, 1),
    ]
    assert counter_reports.reasons(november, store_id=empty.id) == []
    assert len(counter_reports.reasons(november, store_id=counter.store.id)) == 2


Report = Callable[[CouponBatch, Period, datetime], Any]
# However much there is.
QUERIES: dict[str, tuple[int, Report]] = {
    "summary": (2, lambda _, period, now: coupon_reports.summary(period, now=now)),
    "batches": (1, lambda _, period, now: coupon_reports.list_batches(period, after=None, limit=50, now=now)),
    "families": (1, lambda _, period, now: coupon_reports.list_families(period, after=None, limit=50, now=now)),
    "one batch": (5, lambda batch, period, now: coupon_reports.of_batch(batch.public_id, period, now=now)),
    "top": (1, lambda _, period, now: coupon_reports.top_rewards(period, by="rate", min_issued=1, limit=20, now=now)),
    "stores": (1, lambda _, period, __: counter_reports.list_stores(period, after=None, limit=50)),
    "people": (1, lambda _, period, __: counter_reports.list_clerks(1, period=period, after=None, limit=50)),
    "reasons": (1, lambda _, period, __: counter_reports.reasons(period)),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_report_takes_so_many_queries(
    counter: Counter, november: Period, db_session: Session, count_queries: Callable[[], int], name: str
) -> None:
    batches = [make_batch() for _ in range(3)]
    for batch in batches:
        counter.use(batch)
    db_session.flush()
    queries, report = QUERIES[name]
    before = count_queries()
    report(batches[0], november, counter.now)
    assert count_queries() - before == queries
