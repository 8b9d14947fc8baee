"""What this process may still send of an account's day, taken from the database in blocks, and its pace, seen each second."""

import threading
import time
from datetime import date
from typing import Final

from app import clock, transaction
from app.rules import pace
from app.services import send_controls

LOOK_SECONDS: Final = 1.0


class Allowance:
    """One per process, shared by its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[tuple[str, date], int] = {}
        self._pace: dict[str, tuple[float, int]] = {}

    def take(self, account: str, *, cap: int | None, wanted: int) -> int:
        """Up to `wanted` messages; 0 when the day's quota is used up. No cap: all of them."""
        if cap is None:
            return wanted
        now = clock.utc_now()
        key = (account, pace.platform_day(now))
        with self._lock:
            if self._left.get(key, 0) < wanted:
                block = max(wanted, pace.block_size(cap))
                # Under the lock: of several threads that run out together, one goes for more.
                got = transaction.run(lambda: send_controls.take_quota(account, cap=cap, wanted=block, now=now))
                # Yesterday's rest is of no use to anybody.
                self._left = {one: n for one, n in self._left.items() if one[1] == key[1]}
                self._left[key] = self._left.get(key, 0) + got
            taken = min(wanted, self._left[key])
            self._left[key] -= taken
            return taken

    def put_back(self, account: str, n: int) -> None:
        """Taken and not sent."""
        key = (account, pace.platform_day(clock.utc_now()))
        with self._lock:
            if key in self._left:
                self._left[key] += n

    def close(self) -> None:
        """Give back to the others what is left."""
        with self._lock:
            left, self._left = self._left, {}
        for (account, day), n in left.items():
            transaction.run(
                lambda account=account, day=day, n=n: send_controls.give_quota_back(account, n=n, day=day)  # type: ignore[misc]
            )

    def rates(self, rates: dict[str, float], *, account: str) -> dict[str, float]:
        """The limiter's keys at the account's present pace."""
        pace_bp = self._look(account)
        if pace_bp == pace.FULL_BP:
            return rates
        return rates | {account: rates[account] * pace_bp / pace.FULL_BP}

    def _look(self, account: str) -> int:
        looked_at, pace_bp = self._pace.get(account, (-1e9, pace.FULL_BP))
        if time.monotonic() - looked_at > LOOK_SECONDS:
            found = transaction.run(lambda: send_controls.get(account, now=clock.utc_now()))
            pace_bp = found.pace_bp
            self._pace[account] = (time.monotonic(), pace_bp)
        return pace_bp
