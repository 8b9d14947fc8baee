"""How a partner's request is signed: one canonical text over everything that matters, and HMAC-SHA-256 over it.

The format is published in docs/partner-api.md, because every partner's own software must build the same bytes.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final, Protocol

KEY_HEADER: Final = "Huitou-Key"
TIME_HEADER: Final = "Huitou-Timestamp"
NONCE_HEADER: Final = "Huitou-Nonce"
SIGNATURE_HEADER: Final = "Huitou-Signature"

# A till's clock may be wrong by minutes; what is older is refused before its nonce is even looked for.
ALLOWED_SECONDS: Final = 300

# Shapes are checked before anything is looked up: an odd header is a wrong signature.
_SHAPES: Final = {
    KEY_HEADER: re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII),
    TIME_HEADER: re.compile(r"[0-9]{1,12}", re.ASCII),
    NONCE_HEADER: re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII),
    SIGNATURE_HEADER: re.compile(r"[0-9a-f]{64}", re.ASCII),
}


class Headers(Protocol):
    """A mapping of names to values, or a web framework's own."""

    def get(self, name: str, default: str, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Signature:
    """What the four headers say."""

    key_id: str
    timestamp: int
    nonce: str
    value: str = field(repr=False)


def read(headers: Headers) -> Signature | None:
    """The signature of a request; None when a header is missing or not of its shape."""
    given = {name: headers.get(name, "") for name in _SHAPES}
    if not all(shape.fullmatch(given[name]) for name, shape in _SHAPES.items()):
        return None
    return Signature(given[KEY_HEADER], int(given[TIME_HEADER]), given[NONCE_HEADER], given[SIGNATURE_HEADER])


def canonical(*, method: str, target: str, timestamp: int, nonce: str, body: bytes) -> bytes:
    """The signed bytes: five lines without a last line break; `target` is the path with its query as sent."""
    body_hash = hashlib.sha256(body).hexdigest()
    # What an address cannot hold must end as a wrong signature, not as an exception.
    return "\n".join((method, target, str(timestamp), nonce, body_hash)).encode("utf-8", "surrogatepass")


def sign(secret: str, signed: bytes) -> str:
    """64 lower-case hex digits."""
    return hmac.new(secret.encode("ascii"), signed, hashlib.sha256).hexdigest()


def is_proven(signature: Signature, secret: str, *, method: str, target: str, body: bytes) -> bool:
    """Whether the secret made this signature over this very request. The time taken tells nothing."""
    signed = canonical(method=method, target=target, timestamp=signature.timestamp, nonce=signature.nonce, body=body)
    return hmac.compare_digest(sign(secret, signed), signature.value)


def is_fresh(signature: Signature, *, at: float) -> bool:
    """Whether the signature may be used at this Unix time: 300 s to either side, the ends included."""
    return abs(at - signature.timestamp) <= ALLOWED_SECONDS
