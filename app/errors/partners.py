"""Refusals at the partner door."""

from app.errors.tree import NotSignedIn


class SignatureInvalid(NotSignedIn):
    """Unknown key, missing header or wrong signature: one answer for all."""

    code = "signature_invalid"


class SignatureStale(NotSignedIn):
    """data: now, allowed_seconds."""

    code = "signature_stale"


class NonceReused(NotSignedIn):
    """The request was received before."""

    code = "nonce_reused"
