"""The stages of a member's life with the shop (S20), in the order in which they are usually passed through."""

from typing import Final

STAGES: Final = ("new", "active", "loyal", "at_risk", "lapsed", "lost", "won_back")
