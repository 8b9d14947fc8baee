"""How much of each thing a run does, and which members do it: each of them once, whoever asks."""

from dataclasses import dataclass
from typing import Final

CLIENTS: Final = 16
# As they are told; a name's script in floors/ is spelled with underscores.
WORKS: Final = (
    "check-in",
    "claim",
    "claim, many batches",
    "scan",
    "redeem",
    "earn",
    "page scan",
    "page redeem",
    "page hello",
    "hello",
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of each a round does."""

    rounds: int
    # Over HTTP, of everything a member can do once.
    calls: int
    bills: int
    hellos: int
    # By each of the clients.
    floor_transactions: int
    # Customers at the counter's page one after the other, as many again to warm up with.
    turns: int
    works: tuple[str, ...] = WORKS

    def count(self, name: str) -> int:
        """How many requests of a work a round sends. A member is scanned once, and redeems once, by the API or by the page."""
        counts = {"earn": self.bills, "redeem": self.bills, "hello": self.hellos, "page hello": self.calls // 2}
        counts |= {"scan": self.calls // 2, "page scan": self.calls * 2 // 5, "page redeem": self.calls - self.bills}
        return counts.get(name, self.calls)

    @property
    def members(self) -> int:
        """Members for everything that can be done once: by the floor, by HTTP, one after the other, and some to warm up with."""
        return self.http_first(self.rounds) + self.calls

    @property
    def _floor_members(self) -> int:
        return CLIENTS * self.floor_transactions

    def floor_first(self, number: int) -> int:
        """The member before the first one of the floor's round."""
        return number * self._floor_members

    def http_first(self, number: int) -> int:
        """The member before the first one who asks over HTTP; round −1 warms up."""
        return self._floor_members * self.rounds + (number + 1) * self.calls
