"""What messages and points cost the shop, in fen, rounded up: a cost told too low would be a promise."""

from collections.abc import Mapping


def of(sent: Mapping[str, int], per_hundred: Mapping[str, int]) -> int:
    """Messages by channel at so many fen a hundred; a channel without a price costs nothing."""
    return -(-sum(count * per_hundred.get(channel, 0) for channel, count in sent.items()) // 100)


def of_points(points: int, fen_per_100_points: int) -> int:
    """Points given, at what a hundred are worth."""
    return -(-points * fen_per_100_points // 100)
