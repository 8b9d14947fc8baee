"""The machines: every rule does the same in the product and in the notebook, and after each the two are compared."""

from datetime import timedelta
from functools import partial
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.errors import HoldEnded, InsufficientPoints
from app.services import check_ins, ladder_changes, ladders, points, purchases
from tests.machine.books import PICK, SYSTEM, Books
from tests.machine.tiers import CODES, ByYear, Ladder

AMOUNTS = st.integers(1, 400)


class LedgerMachine(Books):
    """What members do with points, bills and check-ins."""

    # points

    @rule(pick=PICK, amount=AMOUNTS, pending_days=st.sampled_from((0, 0, 0, 2)))
    def earn(self, pick: int, amount: int, pending_days: int) -> None:
        who, event = self._who(pick), self._name("earn")
        self._do(lambda: points.earn(who, amount=amount, source=event, pending_days=pending_days, now=self.now))
        self.book.earn(who, event, amount, self.now, pending_days=pending_days)

    @rule(pick=PICK, amount=AMOUNTS)
    def spend(self, pick: int, amount: int) -> None:
        who, event = self._who(pick), self._name("spend")
        done = self._try(lambda: points.spend(who, amount=amount, source=event, now=self.now), InsufficientPoints)
        assert done == self.book.spend(who, event, amount, self.now)

    @precondition(lambda self: any(account.spendings for account in self.book.accounts.values()))
    @rule(pick=PICK)
    def undo_spending(self, pick: int) -> None:
        spendings = [(who, event) for who, account in self.book.accounts.items() for event in account.spendings]
        who, event = spendings[pick % len(spendings)]
        self._do(lambda: points.reverse(who, source=event, reversal_source=f"undo:{event}", now=self.now))
        self.book.undo_spending(who, event, self.now)

    @precondition(lambda self: self._plain_earnings())
    @rule(pick=PICK, part=st.integers(1, 4))
    def take_back(self, pick: int, part: int) -> None:
        events = self._plain_earnings()
        event = events[pick % len(events)]
        earned = self.book.earned[event]
        upto = max(1, earned.amount * part // 4)
        source = self._name("take")
        taken = self._do(
            lambda: points.take_back(earned.account, source=event, reversal_source=source, upto=upto, now=self.now)
        )
        assert taken == self.book.take_back(event, upto)

    @rule(pick=PICK, amount=AMOUNTS, minutes=st.sampled_from((5, 30, 60 * 24 * 20)))
    def hold(self, pick: int, amount: int, minutes: int) -> None:
        who, source = self._who(pick), self._name("hold")
        until = self.now + timedelta(minutes=minutes)
        held: list[points.Hold] = []
        done = self._try(
            lambda: held.append(points.hold(who, amount=amount, source=source, expires_at=until, now=self.now)),
            InsufficientPoints,
        )
        name = str(held[0].public_id) if done else source
        assert done == self.book.hold(who, name, amount, until, self.now)
        self.holds += [name] if done else []

    @precondition(lambda self: self.holds)
    @rule(pick=PICK, captured=st.booleans())
    def end_hold(self, pick: int, captured: bool) -> None:
        """One of the last few, over or not: what is over already stays as it is."""
        name = self.holds[-1 - pick % min(4, len(self.holds))]
        who, event = self.book.holds(name), self._name("capture")
        if captured:
            done = self._try(lambda: points.capture(name, source=event, now=self.now), HoldEnded)  # type: ignore[arg-type]
            assert done == (who is not None)
        else:
            self._try(lambda: points.release(name, now=self.now), HoldEnded)  # type: ignore[arg-type]
        if who is not None and captured:
            self.book.capture(who, name, event)
        elif who is not None:
            self.book.release(who, name, self.now)

    @rule(pick=PICK, amount=st.integers(-200, 200).filter(bool))
    def adjust(self, pick: int, amount: int) -> None:
        who, event = self._who(pick), self._name("adjust")
        done = self._try(lambda: points.adjust(who, amount=amount, source=event, now=self.now), InsufficientPoints)
        if amount > 0:
            assert done
            self.book.earn(who, event, amount, self.now)
        else:
            assert done == self.book.spend(who, event, -amount, self.now)

    # bills

    @rule(pick=PICK, fen=st.integers(1, 90_000))
    def purchase(self, pick: int, fen: int) -> None:
        who, number = self._who(pick), self._name("order")
        bill = self._do(
            lambda: purchases.record(
                who, store_id=None, channel="tmall", order_no=number, bill_fen=fen, discount_fen=0, now=self.now
            )
        )
        points_event, growth_event = f"purchase:{bill.id}:base_points", f"purchase:{bill.id}:base_growth"
        self.bills[number] = {"who": who, "id": bill.id, "fen": fen, "refunded": 0}
        if fen >= 100:
            self.book.earn(who, points_event, fen // 100, self.now)
            self.book.grow(who, growth_event, fen // 100, self.now)

    @precondition(lambda self: any(bill["refunded"] < bill["fen"] for bill in self.bills.values()))
    @rule(pick=PICK, part=st.integers(1, 3))
    def refund(self, pick: int, part: int) -> None:
        bills = [bill for bill in self.bills.values() if bill["refunded"] < bill["fen"]]
        bill, number = bills[pick % len(bills)], self._name("refund")
        left = bill["fen"] - bill["refunded"]
        amount = max(1, left * part // 3)
        self._do(lambda: purchases.refund(bill["id"], refund_no=number, amount_fen=amount, now=self.now))
        bill["refunded"] += amount
        earned = bill["fen"] // 100
        gone = earned - earned * (bill["fen"] - bill["refunded"]) // bill["fen"]
        if earned and gone:
            self.book.take_back(f"purchase:{bill['id']}:base_points", gone)
            self.book.shrink(bill["who"], f"purchase:{bill['id']}:base_growth", gone, self.now)

    # check-ins

    @rule(pick=PICK, days=st.sampled_from((1, 1, 1, 1, 2, 7)))
    def check_in(self, pick: int, days: int) -> None:
        """Once, or on so many days in a row."""
        who = self._who(pick)
        for day in range(days):
            now = self.now = self.now + timedelta(days=min(day, 1))
            self.book.pass_time(now)
            receipt = self._do(partial(check_ins.check_in, who, now=now))
            paid = self.book.check_in(who, now)
            assert receipt.is_new == (paid is not None)
            assert paid in (None, (receipt.streak, receipt.month_count, receipt.points))

    # inside

    def _plain_earnings(self) -> list[str]:
        """What was not earned by a bill or a check-in: a bill's points go back with its money only."""
        return sorted(event for event in self.book.earned if not event.startswith(("purchase:", "check_in:")))


class YearlyMachine(LedgerMachine):
    """The same under a ladder whose tiers are earned and kept by the year."""

    ladder: ClassVar[Ladder] = ByYear((0, 200, 400, 800), grace_days=10)

    def __init__(self) -> None:
        super().__init__()
        values = {
            "name": "by the year",
            "qualification": "rolling",
            "qualification_months": 12,
            "validity_months": 12,
            "downgrade": "one_down",
            "grace_days": self.ladder.grace_days,  # type: ignore[union-attr]
            "notice_days": 30,
            "thresholds": dict(zip(CODES, self.ladder.thresholds, strict=True)),
        }
        with self._step():
            draft = ladders.create_draft(values, actor=SYSTEM, now=self.now)
            ladders.activate(draft.public_id, actor=SYSTEM, now=self.now)
        self._do(lambda: ladder_changes.settle_next(now=self.now, limit=100), repeat=False)
