"""The statement, the summary, the liability report and the trial balance, told with numbers a marketer can follow."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.rules import points_value
from app.services import points, points_liability, points_statement, programmes, purchases
from tests.conftest import NOON, Clock
from tests.factories.ledger import earn
from tests.factories.members import make_member

NEXT_YEAR = datetime(2027, 11, 20, 16, tzinfo=UTC)


def buy(member_id: int, order_no: str, *, now: datetime) -> int:
    return purchases.record(
        member_id, store_id=None, channel="store", order_no=order_no, bill_fen=12_800, discount_fen=0, now=now
    ).id


def test_a_line_tells_its_rule_order_and_expiry_in_one_query_a_page(
    db_session: Session, now: datetime, count_queries: Callable[[], int]
) -> None:
    member = make_member()
    bill = buy(member.id, "A-17", now=now)
    points.earn(member.id, amount=10, source="check_in:2026-11-20", now=now, expiry="never")
    points.spend(member.id, amount=20, source="gift", now=now)
    purchases.refund(bill, now=now)
    before = count_queries()
    page = points.list_entries(member.id, after=None, limit=3)
    assert count_queries() - before == 1
    owed, newest, spent = page.items
    rest = points.list_entries(member.id, after=page.next_key, limit=10)
    checked_in, bought = rest.items[-2:]
    assert (newest.kind, newest.order_no, newest.rule_code, newest.expires_at) == (
        "reverse",
        "A-17",
        "base_points",
        None,
    )
    assert (owed.kind, owed.delta, owed.amount, owed.owed_after, owed.order_no) == ("reverse", 0, 10, 10, "A-17")
    assert (spent.kind, spent.delta, spent.balance_after, spent.order_no) == ("spend", -20, 118, None)
    assert (checked_in.delta, checked_in.expires_at, checked_in.rule_name) == (10, None, None)
    assert (bought.delta, bought.order_no, bought.rule_code, bought.rule_version) == (128, "A-17", "base_points", 1)
    assert bought.expires_at == NEXT_YEAR
    assert rest.next_key is None


def test_the_whole_statement_between_two_dates(
    db_session: Session, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points_statement, "BATCH", 3)
    member, other = make_member(), make_member()
    earn(other.id, 5, now=NOON)
    for n in range(8):
        earn(member.id, n + 1, now=NOON + timedelta(days=n), source=f"day:{n}")
    lines = list(points.iter_statement(member.id, first=date(2026, 11, 21), last=date(2026, 11, 26)))
    assert [line.delta for line in lines] == [2, 3, 4, 5, 6, 7]
    assert [line.balance_after for line in lines] == [3, 6, 10, 15, 21, 28]
    assert list(points.iter_statement(member.id, first=date(2027, 1, 1), last=date(2027, 1, 2))) == []


def test_the_summary_of_a_member(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    assert points.summary(member.id, now=NOON) == points.PointsSummary(0, 0, 0, 0, None)
    earn(member.id, 100, now=NOON, source="a", expiry="30D")
    earn(member.id, 40, now=NOON, source="b", expiry="30D")
    earn(member.id, 7, now=NOON, source="c", expiry="never")
    points.earn(member.id, amount=50, source="d", now=NOON, pending_days=7)
    points.hold(member.id, amount=110, source="order:1", expires_at=NOON + timedelta(days=90), now=NOON)
    assert points.summary(member.id, now=NOON) == points.PointsSummary(
        spendable=37, pending=50, held=110, owed=0, next_expiry=(date(2026, 12, 20), 30)
    )
    later = standing_clock.move(days=40)
    # The tick has not run: what ran out is gone all the same, what is held is kept.
    assert points.summary(member.id, now=later) == points.PointsSummary(57, 0, 110, 0, (date(2027, 11, 20), 50))
    with pytest.raises(NotFound):
        points.summary(member.id + 999, now=later)


def test_what_the_shop_owes_by_month(db_session: Session, standing_clock: Clock) -> None:
    programmes.get().fen_per_100_points = 99
    one, two = make_member(), make_member()
    earn(one.id, 101, now=NOON, source="a", expiry="2026-11-30")
    earn(two.id, 33, now=NOON, source="a", expiry="2026-11-22")
    points.earn(one.id, amount=50, source="b", now=NOON, expiry="2026-12-31", pending_days=7)
    earn(two.id, 10, now=NOON, source="c", expiry="never")
    points.hold(two.id, amount=20, source="order:1", expires_at=NOON + timedelta(days=90), now=NOON)
    found = points_liability.report(now=NOON)
    assert [(row.month, row.points, row.pending, row.held) for row in found.rows] == [
        (date(2026, 11, 1), 134, 0, 20),
        (date(2026, 12, 1), 50, 50, 0),
        (None, 10, 0, 0),
    ]
    # 194 points at 0.99 fen are 192.06 fen: the shop owes 193, and the months add up to it.
    assert (found.points, found.value_fen, sum(row.value_fen for row in found.rows)) == (194, 193, 193)
    # Thirteen of two's lot run out before the tick; the twenty held are still promised.
    after = points_liability.report(now=standing_clock.move(days=5))
    assert (after.rows[0].month, after.rows[0].points) == (date(2026, 11, 1), 121)


def test_a_debt_is_told_and_not_set_off_and_the_accounts_sum_to_zero(db_session: Session, now: datetime) -> None:
    member, other = make_member(), make_member()
    earn(member.id, 100, now=now, source="bill")
    points.spend(member.id, amount=60, source="gift", now=now)
    points.reverse(member.id, source="bill", reversal_source="refund", now=now)
    earn(other.id, 500, now=now)
    points.adjust(other.id, amount=-20, source="adjust:1", now=now)
    points.move_all(other.id, make_member().id, source="merge:1", now=now)
    found = points_liability.report(now=now)
    assert (found.points, found.owed_points) == (480, 60)
    balance = points_liability.trial_balance()
    assert balance == {"member": 480, "owed": -60, "issue": -500, "spend": 60, "expire": 0, "adjust": 20, "merge": 0}
    assert sum(balance.values()) == 0


def test_an_empty_shop_owes_nothing(db_session: Session, now: datetime) -> None:
    found = points_liability.report(now=now)
    assert (found.rows, found.points, found.value_fen, found.owed_points) == ([], 0, 0, 0)
    assert set(points_liability.trial_balance().values()) == {0}


@pytest.mark.parametrize(
    ("points_", "price", "fen"),
    [(0, 100, 0), (1, 1, 1), (100, 1, 1), (101, 1, 2), (150, 100, 150), (10**12, 999, 9_990_000_000_000)],
)
def test_a_liability_is_rounded_up_once(points_: int, price: int, fen: int) -> None:
    assert points_value.fen(points_, fen_per_100=price) == fen
    thirds = [points_ // 3, points_ // 3, points_ - 2 * (points_ // 3)]
    assert sum(points_value.fen_of_parts(thirds, fen_per_100=price)) == fen
