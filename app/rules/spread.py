"""Seeds of the random-looking but fixed numbers that spread members over holdouts and variants (statements/spread.py)."""

import hashlib


def seed_of(purpose: str, salt: str) -> int:
    """A signed 64-bit seed: another purpose or another salt spreads members independently."""
    digest = hashlib.sha256(f"{purpose}:{salt}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
