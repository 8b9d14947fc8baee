"""Points and growth for money spent."""

FEN_PER_YUAN = 100


def per_yuan(paid_fen: int, *, rate: int) -> int:
    """Whole units for a paid amount at `rate` per yuan. Parts of a yuan are dropped: the rounding favours the shop."""
    return paid_fen * rate // FEN_PER_YUAN
