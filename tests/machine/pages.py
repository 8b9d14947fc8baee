"""What stands in a notebook: lots, holds, a member's page, and what an event brought."""

from dataclasses import dataclass, field
from datetime import date, datetime

from tests.machine.tiers import Card


@dataclass(eq=False)
class Lot:
    """Points of one earning. `root` names the event that first brought them."""

    root: str
    remaining: int
    available_at: datetime
    expires_at: datetime
    number: int
    held: int = 0

    def is_open(self, now: datetime) -> bool:
        return self.expires_at > now

    @property
    def free(self) -> int:
        return self.remaining - self.held


@dataclass
class Hold:
    amount: int
    expires_at: datetime
    lots: list[tuple[Lot, int]]


@dataclass
class Account:
    """One member's notebook."""

    lots: list[Lot] = field(default_factory=list)
    owed: int = 0
    card: Card = field(default_factory=Card)
    holds: dict[str, Hold] = field(default_factory=dict)
    # What a spending took from which lot, for its undo.
    spendings: dict[str, list[tuple[Lot, int]]] = field(default_factory=dict)
    # Days checked in.
    days: set[date] = field(default_factory=set)


@dataclass
class Earned:
    """What an event brought, what expired of it, and what was taken back."""

    account: int
    amount: int
    expired: int = 0
    taken_back: int = 0
