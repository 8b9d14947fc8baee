"""Purchases, refunds and claims at one instant: each counts once, whoever comes first."""

from sqlalchemy import select

from app.actor import Actor
from app.errors import OrderNumberReused, PurchaseNotRefundable, RefundAbovePaid
from app.models import Earning, EarningRule, MemberAccount, Purchase
from app.services import earning_rules, identities, purchases
from app.services.purchases import Buyer
from app.transaction import transaction
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.earning import make_purchase, make_rule
from tests.factories.members import make_counter_member, make_member, seal

PHONE = "13800138000"


def buy(*, member_id: int | None, order_no: str, fen: int = 10_000, phone: str | None = None) -> int:
    buyer = Buyer(phone_index=seal(phone).index) if phone else None
    return purchases.record(
        member_id, store_id=None, channel="tmall", order_no=order_no, bill_fen=fen, buyer=buyer, now=NOON
    ).id


def give_back(*, purchase_id: int, refund_no: str, fen: int) -> bool:
    return purchases.refund(purchase_id, amount_fen=fen, refund_no=refund_no, now=NOON).is_new


def bind(*, member_id: int) -> None:
    identities.bind_phone(member_id, phone=seal(PHONE), app_id="wxtest000000000001", actor=Actor.system(), now=NOON)


def stop(*, code: str) -> None:
    earning_rules.stop(code, actor=Actor.system(), now=NOON)


def standing(database: CommittedDatabase, member_id: int) -> tuple[int, int, int]:
    assert_verified(database)
    with database.session() as session:
        account = session.get_one(MemberAccount, member_id)
        return account.points_balance, account.points_owed, account.growth_value


def prepare(database: CommittedDatabase) -> int:
    with database.session(), transaction():
        return make_member().id


def test_one_order_posted_sixteen_times_pays_every_rule_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    member_id = prepare(committed_db)
    with committed_db.session(), transaction():
        make_rule("first", kind="fixed", amount=20, nth_purchase=1)
    outcomes = racers.run(committed_db, [call(buy, member_id=member_id, order_no="A-1")] * 16)
    assert tally(outcomes) == {"ok": 16}
    assert len({outcome.value for outcome in outcomes}) == 1
    assert standing(committed_db, member_id) == (120, 0, 100)


def test_one_number_with_two_amounts_is_one_order(committed_db: CommittedDatabase, racers: Racers) -> None:
    member_id = prepare(committed_db)
    calls = [call(buy, member_id=member_id, order_no="A-1", fen=10_000 + n % 2) for n in range(16)]
    assert tally(racers.run(committed_db, calls)) == {"ok": 8, OrderNumberReused.code: 8}
    assert standing(committed_db, member_id) == (100, 0, 100)


def test_sixteen_orders_of_one_member_keep_the_cap_and_have_one_first(
    committed_db: CommittedDatabase, racers: Racers
) -> None:
    member_id = prepare(committed_db)
    with committed_db.session(), transaction():
        make_rule("first", kind="fixed", amount=20, nth_purchase=1)
        make_rule("bonus", kind="fixed", amount=7, cap_per_day=25)
    calls = [call(buy, member_id=member_id, order_no=f"A-{n}", fen=100) for n in range(16)]
    assert tally(racers.run(committed_db, calls)) == {"ok": 16}
    assert standing(committed_db, member_id) == (16 + 20 + 25, 0, 16)


def test_refunds_side_by_side_never_pass_what_was_paid(committed_db: CommittedDatabase, racers: Racers) -> None:
    member_id = prepare(committed_db)
    with committed_db.session(), transaction():
        bill_id = buy(member_id=member_id, order_no="A-1")
    calls = [call(give_back, purchase_id=bill_id, refund_no=f"R{n % 8}", fen=3_000) for n in range(16)]
    outcomes = racers.run(committed_db, calls)
    # Three of eight numbers fit; each was sent twice.
    assert tally(outcomes) == {"ok": 6, RefundAbovePaid.code: 10}
    assert [outcome.value for outcome in outcomes].count(True) == 3
    assert standing(committed_db, member_id) == (10, 0, 10)
    last = [call(give_back, purchase_id=bill_id, refund_no=f"L{n}", fen=1_000) for n in range(8)]
    assert tally(racers.run(committed_db, last)) == {"ok": 1, PurchaseNotRefundable.code: 7}
    assert standing(committed_db, member_id) == (0, 0, 0)


def test_a_waiting_bill_is_claimed_once_while_it_is_refunded_and_reported_again(
    committed_db: CommittedDatabase, racers: Racers
) -> None:
    member_id = prepare(committed_db)
    with committed_db.session(), transaction():
        bills = [buy(member_id=None, order_no=f"W-{n}", phone=PHONE) for n in range(4)]
    calls = [call(bind, member_id=member_id)] * 4
    calls += [call(give_back, purchase_id=bill, refund_no="R1", fen=5_000) for bill in bills]
    calls += [call(buy, member_id=None, order_no=f"W-{n}", phone=PHONE) for n in range(4)]
    calls += [call(buy, member_id=member_id, order_no=f"W-{n}") for n in range(4)]
    assert tally(racers.run(committed_db, calls)) == {"ok": 16}
    assert standing(committed_db, member_id) == (200, 0, 200)


def test_a_bill_of_two_buyers_goes_to_one(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        make_purchase(None, order_no="W-1", buyer=Buyer(phone_index=seal(PHONE).index, external_id="tm-77"))
        by_number, by_phone = make_member().id, make_counter_member(phone="13900139000").id
        # Two ways to the same bill: a number linked to one, a phone bound by the other.
        make_purchase(None, order_no="W-2", buyer=Buyer(external_id="tm-77"))
    calls = [call(bind, member_id=by_phone), call(link, member_id=by_number)] * 4
    racers.run(committed_db, calls)
    assert_verified(committed_db)
    with committed_db.session() as session:
        bills = session.scalars(select(Purchase)).all()
        owners = {bill.order_no: bill.member_id for bill in bills}
        paid = list(session.scalars(select(Earning.member_id).where(Earning.source.like("purchase:%"))))
    assert owners["W-1"] in (by_number, by_phone)
    assert owners["W-2"] == by_number
    # Two rules for each of the three bills.
    assert len(paid) == 6


def link(*, member_id: int) -> int:
    return purchases.record(
        member_id,
        store_id=None,
        channel="tmall",
        order_no="L-1",
        bill_fen=1_000,
        buyer=Buyer(external_id="tm-77"),
        now=NOON,
    ).id


def test_a_rule_stopped_meanwhile_pays_for_no_purchase_after_it(
    committed_db: CommittedDatabase, racers: Racers
) -> None:
    member_id = prepare(committed_db)
    with committed_db.session(), transaction():
        make_rule("bonus", kind="fixed", amount=7)
    calls = [call(buy, member_id=member_id, order_no=f"A-{n}") for n in range(7)]
    racers.run(committed_db, [*calls, call(stop, code="bonus")])
    with committed_db.session(), transaction():
        buy(member_id=member_id, order_no="A-99")
    assert_verified(committed_db)
    with committed_db.session() as session:
        rule_id = session.scalar(select(EarningRule.id).where(EarningRule.code == "bonus"))
        last = session.scalars(select(Purchase.id).where(Purchase.order_no == "A-99")).one()
        paid = set(session.scalars(select(Earning.source).where(Earning.rule_id == rule_id)))
    assert len(paid) <= 7
    assert f"purchase:{last}" not in paid
