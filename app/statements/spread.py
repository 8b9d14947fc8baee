"""Spreading members over shares, the same for ever: a number from 0 to 9,999 of a member's key and a seed.

hashint8extended is what hash partitions are cut by: PostgreSQL keeps it. Different seeds give independent numbers."""

from collections.abc import Sequence
from typing import Final

# So many shares of equal size.
SHARES: Final = 10_000
_POSITIVE: Final = (1 << 63) - 1


def number(seed: str, *, member: str = "m.id") -> str:
    """SQL: the member's number under the bound seed (rules/spread.py makes it)."""
    return f"(hashint8extended({member}, CAST(:{seed} AS bigint)) & {_POSITIVE}) % {SHARES}"


def pick(drawn: str, shares: Sequence[tuple[str, int]]) -> str:
    """SQL: the code whose share a drawn number falls into; shares in basis points, adding up to the whole."""
    arms, until = [], 0
    for code, share_bp in shares[:-1]:
        until += share_bp
        arms.append(f"WHEN {drawn} < {until} THEN '{code}'")
    last = f"'{shares[-1][0]}'"
    return f"CASE {' '.join(arms)} ELSE {last} END" if arms else last
