"""The two books a machine keeps: the product's and the notebook. Who is in them, how time passes, and the comparison."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any, ClassVar

from apiflask import APIFlask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from app.actor import Actor
from app.errors import LoyaltyError
from app.extensions import db
from app.models import Member, MemberAccount, PointsHold, PointsLot, Tier
from app.services import merges, points, tier_reviews
from app.statements.verify import QUERIES
from tests.conftest import NOON
from tests.factories.members import make_member
from tests.machine import stage
from tests.machine.model import Notebook
from tests.machine.pages import Account
from tests.machine.tiers import ForLife, Ladder

PICK = st.integers(0, 10_000)
SYSTEM = Actor.system()


class Books(RuleBasedStateMachine):
    """Every rule does the same in both books; the invariant compares them after each."""

    app: ClassVar[APIFlask]
    ladder: ClassVar[Ladder] = ForLife((0, 200, 1000, 5000))
    steps_played: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._connection = self._stack.enter_context(stage.play(self.app))
        self.now = NOON
        self.book = Notebook(self.ladder)
        # Keys of members and what they are called in the notebook: the product's own.
        self.repeats: list[Callable[[], Any]] = []
        self.bills: dict[str, dict[str, Any]] = {}
        self.holds: list[str] = []
        self._names = 0

    def teardown(self) -> None:
        try:
            found = {name: self._connection.execute(query).all() for name, query in QUERIES.items()}
            assert {name: rows for name, rows in found.items() if rows} == {}
        finally:
            self._stack.close()

    # people

    @initialize()
    def first_member(self) -> None:
        self._join()

    @precondition(lambda self: len(self.book.accounts) < 4)
    @rule()
    def sign_up(self) -> None:
        self._join()

    @precondition(lambda self: len(self.book.accounts) > 1)
    @rule(pick=PICK)
    def merge(self, pick: int) -> None:
        kept, gone = sorted(self.book.accounts)[:2] if pick % 2 else sorted(self.book.accounts)[-2:]
        with self._step():
            merges.lock_accounts(kept, gone)
            rows = merges.lock_members(kept, gone)
            merges.merge(rows[kept], rows[gone], phone=None, reason="phone", actor=SYSTEM, now=self.now)
        self.book.merge(kept, gone, self.now)
        for bill in self.bills.values():
            bill["who"] = kept if bill["who"] == gone else bill["who"]

    # time

    @rule(delta=st.sampled_from((timedelta(minutes=7), timedelta(days=1), timedelta(days=33), timedelta(days=180))))
    def advance_clock(self, delta: timedelta) -> None:
        self.now += delta
        self.book.pass_time(self.now)

    @rule()
    def expiry_tick(self) -> None:
        while self._do(lambda: points.expire_due(now=self.now, limit=100), repeat=False):
            pass

    @rule()
    def holds_tick(self) -> None:
        while self._do(lambda: points.release_due(now=self.now, limit=100), repeat=False):
            pass

    @rule()
    def review_tick(self) -> None:
        while self._do(lambda: tier_reviews.review_due(now=self.now, limit=100), repeat=False).looked_at:
            pass
        self.book.review(self.now)

    @precondition(lambda self: self.repeats)
    @rule(pick=PICK)
    def replay(self, pick: int) -> None:
        """Any earlier call again: nothing changes, whatever it answers."""
        repeat = self.repeats[pick % len(self.repeats)]
        try:
            with self._step():
                repeat()
        except LoyaltyError:
            pass

    # comparing

    @invariant()
    def books_agree(self) -> None:
        type(self).steps_played += 1
        for who in self.book.accounts:
            had = points.summary(who, now=self.now)
            assert {
                "spendable": had.spendable,
                "pending": had.pending,
                "held": had.held,
                "owed": had.owed,
            } == {
                "spendable": self.book.spendable(who, self.now),
                "pending": self.book.pending(who, self.now),
                "held": self.book.held(who),
                "owed": self.book.owed(who),
            }
            assert points.spendable(who, now=self.now) == had.spendable
            assert self._lots(who) in (
                None,
                sorted(
                    (lot.expires_at, lot.remaining, lot.held)
                    for lot in self.book.accounts[who].lots
                    if lot.is_open(self.now) and lot.remaining
                ),
            )
            standing = db.session.execute(
                select(MemberAccount.growth_value, Tier.code, MemberAccount.tier_valid_through)
                .join(Tier, Tier.id == MemberAccount.tier_id)
                .where(MemberAccount.member_id == who)
            ).one()
            card = self.book.accounts[who].card
            assert tuple(standing) == (card.growth, card.code, card.through)

    # inside

    def _lots(self, who: int) -> list[tuple[datetime, int, int]] | None:
        """Lots as they lie; None while a hold that is over has not been noticed."""
        forgotten = select(PointsHold.id).where(
            PointsHold.member_id == who, PointsHold.state == "held", PointsHold.expires_at <= self.now
        )
        if self.holds and db.session.scalar(select(forgotten.exists())):
            return None
        rows = db.session.execute(
            select(PointsLot.expires_at, PointsLot.remaining, PointsLot.held).where(
                PointsLot.member_id == who, PointsLot.remaining > 0, PointsLot.expires_at > self.now
            )
        )
        return sorted((row.expires_at, row.remaining, row.held) for row in rows)

    def _join(self) -> None:
        self._names += 1
        member = self._do(lambda: make_member(openid=f"o-machine-{self._names}", now=self.now), repeat=False)
        assert isinstance(member, Member)
        self.book.accounts[member.id] = Account()

    def _who(self, pick: int) -> int:
        return sorted(self.book.accounts)[pick % len(self.book.accounts)]

    def _name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}:{self._names}"

    def _step(self) -> Any:
        return stage.step(self._connection)

    def _do(self, work: Callable[[], Any], *, repeat: bool = True) -> Any:
        with self._step():
            result = work()
        if repeat:
            self.repeats.append(work)
        return result

    def _try(self, work: Callable[[], Any], refusal: type[LoyaltyError]) -> bool:
        try:
            self._do(work)
        except refusal:
            return False
        return True
