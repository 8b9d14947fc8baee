"""Staff passwords: argon2id, a bounded number at a time because each costs 64 MiB and a third of a second."""

import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Unavailable

# Memory for two verifications per process; more wait, but not for ever.
_AT_A_TIME = threading.BoundedSemaphore(2)
MAX_WAIT_SECONDS = 10.0

# argon2-cffi's defaults are RFC 9106's low-memory profile.
_hasher = PasswordHasher()


def hash_of(password: str) -> str:
    """What to store. Raises Unavailable when too many wait."""
    with _turn():
        return _hasher.hash(_bytes(password))


def is_match(password: str, stored: str | None) -> bool:
    """Whether the password fits. Without a stored hash it takes as long and says no. Raises Unavailable."""
    unlikely = _nobodys_hash()
    with _turn():
        try:
            return _hasher.verify(stored or unlikely, _bytes(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def needs_new_hash(stored: str) -> bool:
    """Whether the parameters of today are stronger than those of the hash."""
    return _hasher.check_needs_rehash(stored)


def _bytes(password: str) -> bytes:
    # A lone surrogate must end as "no match", not as an exception.
    return password.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash(b"nobody signs in with this")


class _Turn:
    def __enter__(self) -> None:
        if not _AT_A_TIME.acquire(timeout=MAX_WAIT_SECONDS):
            raise Unavailable(reason="busy", retry_after_seconds=5)

    def __exit__(self, *_: object) -> None:
        _AT_A_TIME.release()


def _turn() -> _Turn:
    return _Turn()
