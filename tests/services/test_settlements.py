"""Who paid for what, by period: shares rounded down, returns where they happened, closed periods untouched."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import AuditEntry, CouponBatch, Payer, Redemption, Staff, Store
from app.services import coupon_batches, payers, periods, programmes, settlements
from app.services.periods import Period
from tests.factories.coupons import make_batch
from tests.factories.payers import make_paid_batch, make_payer, undo, use
from tests.factories.staff import make_staff, make_store

# (from, to) in business dates; the world's today is 20 November 2026.
NOVEMBER = (date(2026, 11, 1), date(2026, 12, 1))
DECEMBER = (date(2026, 12, 1), date(2027, 1, 1))


@dataclass
class Deal:
    """A supplier who pays 30 % of a batch's coupons, and the counter where they are used."""

    payer: Payer
    batch: CouponBatch
    store: Store
    person: Staff
    now: datetime

    def use(self, at: datetime | None = None) -> Redemption:
        return use(self.batch, clerk=self.person, store=self.store, now=at or self.now, given_at=self.now)

    def undo(self, redemption: Redemption, at: datetime) -> None:
        undo(redemption, clerk=self.person, store=self.store, now=at)

    def lines(self, dates: tuple[date, date]) -> list[tuple[str, int, int, int, int]]:
        """(kind, times, cost, payer, shop) of each line."""
        page = settlements.list_lines(self.payer.id, period=periods.of(*dates), after=None, limit=100)
        return [(line.kind, line.times, line.cost_fen, line.payer_fen, line.shop_fen) for line in page.items]

    def close(self, dates: tuple[date, date], *, now: datetime | None = None) -> settlements.Closed:
        return settlements.close(
            self.payer.public_id,
            first_on=dates[0],
            until_on=dates[1],
            actor=Actor(kind="staff", id=self.person.id, role="auditor"),
            now=now or self.now + timedelta(days=60),
        )


@pytest.fixture
def deal(db_session: Session, now: datetime) -> Deal:
    payer, store = make_payer(), make_store()
    # 9.99 yuan off: 30 % of it is 299.7 fen.
    batch = make_paid_batch(payer, share_bp=3_000, value_fen=999, valid_days=60)
    return Deal(payer, batch, store, make_staff("manager", at=[store]), now)


@pytest.mark.parametrize(
    ("share_bp", "payer_fen"), [(0, 0), (1, 0), (3_000, 299), (5_000, 499), (9_999, 998), (10_000, 999)]
)
def test_the_payers_part_is_rounded_down(db_session: Session, now: datetime, share_bp: int, payer_fen: int) -> None:
    store = make_store()
    payer = make_payer()
    batch = make_paid_batch(payer, share_bp=share_bp, value_fen=999)
    used = use(batch, clerk=make_staff(at=[store]), store=store, now=now)
    assert (used.batch_id, used.payer_id, used.payer_fen, used.cost_fen) == (batch.id, payer.id, payer_fen, 999)


def test_a_batch_of_the_shops_own_names_no_payer(deal: Deal) -> None:
    used = use(make_batch(), clerk=deal.person, store=deal.store, now=deal.now)
    assert (used.batch_id is not None, used.payer_id, used.payer_fen) == (True, None, 0)
    assert deal.lines(NOVEMBER) == []


def test_a_period_tells_what_was_used_in_it_and_what_came_back_later(deal: Deal) -> None:
    day = timedelta(days=1)
    deal.use()
    slip, late = deal.use(), deal.use()
    deal.undo(slip, deal.now + timedelta(minutes=1))
    # Undone within the period: it never was. Undone in the next one: taken off there.
    assert deal.lines(NOVEMBER) == [("redeemed", 2, 1_998, 598, 1_400)]
    deal.undo(late, deal.now + 15 * day)
    deal.use(deal.now + 16 * day)
    assert deal.lines(NOVEMBER) == [("redeemed", 2, 1_998, 598, 1_400)]
    assert deal.lines(DECEMBER) == [("redeemed", 1, 999, 299, 700), ("returned", 1, -999, -299, -700)]
    # Cut elsewhere, the same fen: the periods add up.
    whole = settlements.sums(deal.payer.id, period=periods.of(NOVEMBER[0], DECEMBER[1]))
    assert (whole.redeemed, whole.returned, whole.cost_fen, whole.payer_fen) == (2, 0, 1_998, 598)


def test_days_are_the_shops(deal: Deal) -> None:
    programmes.get().cut_over_hour = 4
    # Three in the morning of 1 December in Shanghai: still November's day.
    deal.use(datetime(2026, 11, 30, 19, tzinfo=deal.now.tzinfo))
    deal.use(datetime(2026, 11, 30, 20, tzinfo=deal.now.tzinfo))
    assert [line[1] for line in deal.lines(NOVEMBER)] == [1]
    assert [line[1] for line in deal.lines(DECEMBER)] == [1]


def test_closing_once_and_in_turn(deal: Deal, db_session: Session) -> None:
    used = [deal.use() for _ in range(3)]
    closed = deal.close(NOVEMBER)
    told = closed.settlement
    assert (told.redeemed, told.returned, told.cost_fen, told.payer_fen, told.shop_fen) == (3, 0, 2_997, 897, 2_100)
    assert (told.discount_fen, closed.closed_by, told.follows_at) == (2_997, deal.person.display_name, None)
    assert deal.close(NOVEMBER).settlement.id == told.id
    assert db_session.query(AuditEntry).filter_by(action="settlement.close").count() == 1
    for dates in (
        (date(2026, 12, 2), date(2027, 1, 1)),
        (date(2026, 11, 30), date(2027, 1, 1)),
        (date(2026, 10, 1), date(2026, 11, 1)),
    ):
        with pytest.raises(e.SettlementOutOfTurn) as refused:
            deal.close(dates)
        assert refused.value.data == {"first_on": date(2026, 12, 1)}
    deal.undo(used[0], deal.now + timedelta(days=20))
    after = deal.close(DECEMBER).settlement
    assert (after.redeemed, after.returned, after.payer_fen, after.follows_at) == (0, 1, -299, told.ends_at)
    page = settlements.list_settlements(deal.payer.id, after=None, limit=1)
    assert ([row.settlement.id for row in page.items], page.next_key) == ([after.id], (after.ends_at,))
    rest = settlements.list_settlements(deal.payer.id, after=page.next_key, limit=1)
    assert ([row.settlement.id for row in rest.items], rest.next_key) == ([told.id], None)


def test_the_first_period_leaves_nothing_out(deal: Deal) -> None:
    deal.use()
    with pytest.raises(e.SettlementOutOfTurn) as refused:
        deal.close((date(2026, 11, 21), date(2026, 12, 1)))
    assert refused.value.data == {"first_on": date(2026, 11, 20)}
    assert deal.close((date(2026, 11, 20), date(2026, 12, 1))).settlement.redeemed == 1


def test_a_period_is_closed_when_it_is_over(deal: Deal) -> None:
    # Midnight in Shanghai, and an hour for bills on their way.
    over = datetime(2026, 11, 30, 17, tzinfo=deal.now.tzinfo)
    with pytest.raises(e.PeriodNotOver) as refused:
        deal.close(NOVEMBER, now=over - timedelta(seconds=1))
    assert refused.value.data == {"closes_from": over}
    assert deal.close(NOVEMBER, now=over).settlement.redeemed == 0


@pytest.mark.parametrize(
    "dates", [(NOVEMBER[1], NOVEMBER[0]), (NOVEMBER[0], NOVEMBER[0]), (NOVEMBER[0], date(2027, 12, 7))]
)
def test_a_period_has_days_and_not_too_many(db_session: Session, dates: tuple[date, date]) -> None:
    with pytest.raises(e.InvalidInput):
        periods.of(*dates)
    assert isinstance(periods.of(NOVEMBER[0], date(2027, 12, 6)), Period)


def test_nothing_moves_in_a_closed_period(deal: Deal, db_session: Session) -> None:
    used = deal.use()
    deal.close(NOVEMBER)
    for move in (deal.use, lambda: deal.undo(used, deal.now + timedelta(hours=1))):
        with pytest.raises(IntegrityError, match="is settled"), db_session.begin_nested():
            move()
    deal.undo(used, deal.now + timedelta(days=20))
    assert deal.lines(NOVEMBER) == [("redeemed", 1, 999, 299, 700)]


@pytest.mark.parametrize("change", ["payer_fen = 0", "payer_id = NULL, payer_fen = 0", "batch_id = NULL"])
def test_what_a_redemption_told_stays(deal: Deal, db_session: Session, change: str) -> None:
    deal.use()
    with pytest.raises(IntegrityError, match="append-only"), db_session.begin_nested():
        db_session.execute(text("UPDATE redemption SET " + change))  # noqa: S608


def test_payer_and_share_are_agreed_for_good(deal: Deal, db_session: Session) -> None:
    with pytest.raises(IntegrityError, match="append-only"), db_session.begin_nested():
        db_session.execute(text("UPDATE coupon_batch SET payer_share_bp = 1 WHERE payer_id IS NOT NULL"))
    for alone in ({"payer_public_id": deal.payer.public_id}, {"payer_share_bp": 100}):
        with pytest.raises(e.InvalidInput):
            make_batch(**alone)
    payers.change(deal.payer.public_id, is_active=False, actor=Actor.system(), now=deal.now)
    with pytest.raises(e.PayerClosed):
        make_paid_batch(deal.payer, share_bp=100)
    # What is printed goes on, also with more stock.
    coupon_batches.change(deal.batch.public_id, stock=50, actor=Actor.system(), now=deal.now)
    assert deal.use().payer_fen == 299


def test_lines_come_in_pages(deal: Deal) -> None:
    batches = [deal.batch, *(make_paid_batch(deal.payer, share_bp=10_000) for _ in range(3))]
    for batch in (batches[0], batches[1], batches[3]):
        used = use(batch, clerk=deal.person, store=deal.store, now=deal.now)
        deal.undo(used, deal.now + timedelta(days=20))
        use(batch, clerk=deal.person, store=deal.store, now=deal.now + timedelta(days=20), given_at=deal.now)
    period = periods.of(*DECEMBER)
    expected = [
        (batch.name, kind) for batch in (batches[0], batches[1], batches[3]) for kind in ("redeemed", "returned")
    ]
    found, after = [], None
    while True:
        page = settlements.list_lines(deal.payer.id, period=period, after=after, limit=1)
        found += [(line.batch, line.kind) for line in page.items]
        after = page.next_key
        if after is None:
            break
    assert found == expected
    assert [(line.batch, line.kind) for line in settlements.iter_lines(deal.payer.id, period=period)] == expected


def test_another_payers_coupons_are_another_account(deal: Deal) -> None:
    other = make_payer()
    use(
        make_paid_batch(other, share_bp=5_000),
        clerk=deal.person,
        store=deal.store,
        now=deal.now,
    )
    deal.use()
    assert [line[1:4] for line in deal.lines(NOVEMBER)] == [(1, 999, 299)]
    assert settlements.sums(other.id, period=periods.of(*NOVEMBER)).payer_fen == 500
