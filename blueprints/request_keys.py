"""The Idempotency-Key of a request: read where it is needed, and looked up together with who is asking where that is free."""

from flask import current_app, request

from app.errors import IdempotencyKeyMissing, InvalidInput
from app.services.idempotency import Named

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 200


def read() -> str:
    """The key of this request. Raises IdempotencyKeyMissing, InvalidInput."""
    return parse(request.headers.get(HEADER, ""))


def parse(key: str) -> str:
    """A key as it was sent. Raises IdempotencyKeyMissing, InvalidInput."""
    if len(key) > MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise InvalidInput(header=HEADER, reason=f"1 to {MAX_KEY_LENGTH} printable ASCII characters")
    if not key.strip():
        raise IdempotencyKeyMissing(header=HEADER)
    return key.strip()


def named() -> Named | None:
    """What the view of this request will ask for; None when it takes no key, or this one is to be refused by the view."""
    endpoint = request.endpoint or ""
    if not hasattr(current_app.view_functions.get(endpoint), "_idempotent"):
        return None
    try:
        return Named(endpoint, read())
    except (InvalidInput, IdempotencyKeyMissing):
        return None
