"""The ledgers as anybody would keep them in a notebook: plain lists and sums, no database, nothing shared with the product.

The machine does every step here and in the product, and compares. Where the two differ, one of them is wrong.
Here time is never late: what is over ends and what is past expires at its instant, whether or not anybody looks.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.machine.pages import Account, Earned, Hold, Lot
from tests.machine.tiers import Ladder, months_on, united

ZONE = ZoneInfo("Asia/Shanghai")
CHECK_IN_POINTS = 5
STREAK_BONUS = {3: 5, 7: 20, 30: 100}
MONTHLY_BONUS = {10: 20, 20: 50}


def day_of(now: datetime) -> date:
    return now.astimezone(ZONE).date()


def start_of(on: date) -> datetime:
    return datetime.combine(on, time(), ZONE)


class Notebook:
    """Every account, and what each event brought."""

    def __init__(self, ladder: Ladder) -> None:
        self.ladder = ladder
        self.accounts: dict[int, Account] = {}
        self.earned: dict[str, Earned] = {}
        # What an event's growth was, how much was taken back, and the day it counts for.
        self.growth_earned: dict[str, tuple[int, int, date]] = {}
        self._numbers = 0

    # reading

    def spendable(self, who: int, now: datetime) -> int:
        return sum(lot.free for lot in self._available(who, now))

    def owed(self, who: int) -> int:
        return self.accounts[who].owed

    def pending(self, who: int, now: datetime) -> int:
        return sum(lot.free for lot in self.accounts[who].lots if lot.is_open(now) and lot.available_at > now)

    def held(self, who: int) -> int:
        return sum(hold.amount for hold in self.accounts[who].holds.values())

    def holds(self, name: str) -> int | None:
        """Who has points held under this name."""
        return next((who for who, account in self.accounts.items() if name in account.holds), None)

    # time

    def pass_time(self, now: datetime) -> None:
        """Everything up to this instant has happened, one after the other."""
        for who, account in self.accounts.items():
            for name, hold in sorted(account.holds.items(), key=lambda one: one[1].expires_at):
                if hold.expires_at <= now:
                    self._expire(who, hold.expires_at)
                    self.release(who, name, hold.expires_at)
            self._expire(who, now)

    # writing

    def earn(self, who: int, event: str, amount: int, now: datetime, *, pending_days: int = 0) -> None:
        today = day_of(now)
        available_at = start_of(today + timedelta(days=pending_days)) if pending_days else now
        expires_at = start_of(months_on(today, 12) + timedelta(days=1))
        self.accounts[who].lots.append(Lot(event, amount, available_at, expires_at, self._number()))
        self.earned[event] = Earned(who, amount)
        self._settle(who)

    def spend(self, who: int, event: str, amount: int, now: datetime) -> bool:
        """False, and nothing done, when there is not enough."""
        if amount > self.spendable(who, now):
            return False
        self.accounts[who].spendings[event] = self._take(self._available(who, now), amount)
        return True

    def undo_spending(self, who: int, event: str, now: datetime) -> None:
        """Back where it came from; a debt takes it first, also what is past its time and then expires."""
        account = self.accounts[who]
        for lot, amount in sorted(account.spendings.pop(event), key=lambda take: take[0].number):
            lot.remaining += amount
            if lot not in account.lots:
                # Spent before two became one: what comes back comes over.
                account.lots.append(lot)
                lot.number = self._number()
        self._settle(who)
        self._expire(who, now)

    def take_back(self, event: str, upto: int) -> int:
        """Points really taken: what expired of the event is not asked for again, what is missing becomes a debt."""
        earned = self.earned[event]
        wanted = max(0, upto - earned.expired) - earned.taken_back
        if wanted <= 0:
            return 0
        account = self.accounts[earned.account]
        own = [lot for lot in account.lots if lot.root == event]
        others = [lot for lot in account.lots if lot.root != event]
        left = wanted - sum(amount for _, amount in self._take(own, wanted))
        left -= sum(amount for _, amount in self._take(others, left))
        account.owed += left
        earned.taken_back += wanted
        return wanted

    def hold(self, who: int, name: str, amount: int, expires_at: datetime, now: datetime) -> bool:
        if amount > self.spendable(who, now):
            return False
        takes = self._take(self._available(who, now), amount)
        for lot, part in takes:
            lot.remaining += part
            lot.held += part
        self.accounts[who].holds[name] = Hold(amount, expires_at, takes)
        return True

    def capture(self, who: int, name: str, event: str) -> None:
        hold = self.accounts[who].holds.pop(name)
        for lot, part in hold.lots:
            lot.held -= part
            lot.remaining -= part
        self.accounts[who].spendings[event] = hold.lots

    def release(self, who: int, name: str, now: datetime) -> None:
        for lot, part in self.accounts[who].holds.pop(name).lots:
            lot.held -= part
        self._settle(who)
        self._expire(who, now)

    def check_in(self, who: int, now: datetime) -> tuple[int, int, int] | None:
        """Days in a row, days of the month, points; None when the day is done."""
        today, days = day_of(now), self.accounts[who].days
        if today in days:
            return None
        days.add(today)
        streak = next(n for n in range(1, len(days) + 1) if today - timedelta(days=n) not in days)
        in_month = sum((day.year, day.month) == (today.year, today.month) for day in days)
        amount = CHECK_IN_POINTS + STREAK_BONUS.get(streak, 0) + MONTHLY_BONUS.get(in_month, 0)
        self.earn(who, f"check_in:{today}:{who}", amount, now)
        self.grow(who, f"check_in:{today}:{who}", 1, now)
        return streak, in_month, amount

    def grow(self, who: int, event: str, amount: int, now: datetime) -> None:
        card, today = self.accounts[who].card, day_of(now)
        card.days[today] += amount
        self.growth_earned[event] = (amount, 0, today)
        self.ladder.grown(card, today)

    def shrink(self, who: int, event: str, upto: int, now: datetime) -> None:
        amount, before, on = self.growth_earned[event]
        lost = max(before, upto) - before
        if lost == 0:
            return
        card = self.accounts[who].card
        card.days[on] -= lost
        self.growth_earned[event] = (amount, before + lost, on)
        self.ladder.shrunk(card, on, lost, day_of(now))

    def review(self, now: datetime) -> None:
        for account in self.accounts.values():
            self.ladder.reviewed(account.card, day_of(now))

    def merge(self, kept: int, merged: int, now: datetime) -> None:
        into, gone = self.accounts[kept], self.accounts.pop(merged)
        for hold in gone.holds.values():
            for lot, part in hold.lots:
                lot.held -= part
        for event, takes in gone.spendings.items():
            # What moved has moved; what an undo brings back is a lot of its own.
            into.spendings[event] = [(replace(lot, remaining=0, held=0), amount) for lot, amount in takes]
        for lot in gone.lots:
            if lot.remaining:
                into.lots.append(lot)
                lot.number = self._number()
        into.days |= gone.days
        into.owed += gone.owed
        united(self.ladder, into.card, gone.card, day_of(now))
        for earned in self.earned.values():
            if earned.account == merged:
                earned.account = kept
        self._settle(kept)
        self._expire(kept, now)

    # inside

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _available(self, who: int, now: datetime) -> list[Lot]:
        return [lot for lot in self.accounts[who].lots if lot.is_open(now) and lot.available_at <= now]

    def _expire(self, who: int, now: datetime) -> None:
        for lot in self.accounts[who].lots:
            if not lot.is_open(now):
                self.earned[lot.root].expired += lot.free
                lot.remaining = lot.held

    def _settle(self, who: int) -> None:
        account = self.accounts[who]
        takes = self._take(account.lots, account.owed)
        account.owed -= sum(amount for _, amount in takes)

    def _take(self, lots: list[Lot], amount: int) -> list[tuple[Lot, int]]:
        """Soonest-expiring first, older first among equals; at most `amount`."""
        takes = []
        for lot in sorted(lots, key=lambda lot: (lot.expires_at, lot.number)):
            part = min(amount, lot.free)
            if part > 0:
                lot.remaining -= part
                amount -= part
                takes.append((lot, part))
        return takes
