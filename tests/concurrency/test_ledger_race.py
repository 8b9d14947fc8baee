"""The ledger under parallel processes: each event pays once, forward and undo path alike."""

from app.errors import InsufficientPoints
from app.models import MemberAccount
from app.services import check_ins, points, purchases
from app.transaction import transaction
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.members import make_member


def check_in(*, member_id: int) -> bool:
    return check_ins.check_in(member_id, now=NOON).is_new


def spend(*, member_id: int, amount: int, source: str) -> None:
    points.spend(member_id, amount=amount, source=source, now=NOON)


def undo_spend(*, member_id: int, source: str) -> None:
    points.reverse(member_id, source=source, reversal_source=f"undo:{source}", now=NOON)


def buy(*, member_id: int, order_no: str) -> int:
    values = {"store_id": None, "channel": "shop", "bill_fen": 10_000, "discount_fen": 0}
    return purchases.record(member_id, order_no=order_no, now=NOON, **values).id  # type: ignore[arg-type]


def refund(*, purchase_id: int) -> None:
    purchases.refund(purchase_id, now=NOON)


def prepare(database: CommittedDatabase, *, balance: int = 0) -> int:
    with database.session(), transaction():
        member_id = make_member().id
        if balance:
            points.earn(member_id, amount=balance, source="start", now=NOON)
    return member_id


def balance_of(database: CommittedDatabase, member_id: int) -> tuple[int, int, int]:
    assert_verified(database)
    with database.session() as session:
        account = session.get_one(MemberAccount, member_id)
        return account.points_balance, account.points_owed, account.growth_value


def test_sixteen_check_ins_pay_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    member_id = prepare(committed_db)
    outcomes = racers.run(committed_db, [call(check_in, member_id=member_id)] * 16)
    assert tally(outcomes) == {"ok": 16}
    assert [outcome.value for outcome in outcomes].count(True) == 1
    assert balance_of(committed_db, member_id) == (5, 0, 1)


def test_one_order_posted_sixteen_times_credits_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    member_id = prepare(committed_db)
    outcomes = racers.run(committed_db, [call(buy, member_id=member_id, order_no="A-1")] * 16)
    assert tally(outcomes) == {"ok": 16}
    assert len({outcome.value for outcome in outcomes}) == 1
    assert balance_of(committed_db, member_id) == (100, 0, 100)


def test_parallel_spends_never_pass_the_balance(committed_db: CommittedDatabase, racers: Racers) -> None:
    member_id = prepare(committed_db, balance=100)
    spends = [call(spend, member_id=member_id, amount=15, source=f"gift:{n}") for n in range(16)]
    assert tally(racers.run(committed_db, spends)) == {"ok": 6, InsufficientPoints.code: 10}
    assert balance_of(committed_db, member_id) == (10, 0, 0)


def test_refunds_race_spends_and_undos_without_minting_or_losing(
    committed_db: CommittedDatabase, racers: Racers
) -> None:
    member_id = prepare(committed_db, balance=60)
    with committed_db.session(), transaction():
        bought = [buy(member_id=member_id, order_no=str(n)) for n in range(4)]
        for n in range(4):
            spend(member_id=member_id, amount=40, source=f"gift:{n}")
    calls = [call(refund, purchase_id=purchase_id) for purchase_id in bought * 2]
    calls += [call(undo_spend, member_id=member_id, source=f"gift:{n}") for n in range(4)] * 2
    calls += [call(spend, member_id=member_id, amount=30, source=f"late:{n}") for n in range(4)]
    outcomes = racers.run(committed_db, calls)
    assert tally(outcomes[:16]) == {"ok": 16}
    late = tally(outcomes[16:])
    balance, owed, growth = balance_of(committed_db, member_id)
    # Everything bought was refunded and every first gift undone: what is left is the start less the late gifts.
    assert balance - owed == 60 - 30 * late.get("ok", 0)
    assert growth == 0
