"""WeChat's signature of a push."""

import hashlib


def signature(*parts: str) -> str:
    """SHA-1 hex over the sorted parts; the hash is WeChat's choice."""
    joined = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()
