"""What points are worth to the shop, in fen."""

from collections.abc import Sequence


def fen(points: int, *, fen_per_100: int) -> int:
    """Rounded once, up: a liability is never understated."""
    return -(-points * fen_per_100 // 100)


def fen_of_parts(parts: Sequence[int], *, fen_per_100: int) -> list[int]:
    """The value of each part, so that they add up to the value of the whole to the fen."""
    values, points, told = [], 0, 0
    for part in parts:
        points += part
        value = fen(points, fen_per_100=fen_per_100)
        values.append(value - told)
        told = value
    return values
