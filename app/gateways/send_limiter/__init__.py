"""How fast messages may leave: one shared clock and queue of slots for all workers, never unlimited."""

from .limiter import SendLimiter
from .slot import Slot

__all__ = ["SendLimiter", "Slot"]
