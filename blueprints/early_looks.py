"""What a busy view asks first, sent along with the door's own question who is asking: one round trip instead of two.

Nothing of the answer is told before the view has done what it always does; a view finds its own way when nothing was asked.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import current_app, request

from app.plain_statements import Plain

F = TypeVar("F", bound=Callable[..., Any])
# From the token's hash; None when this request is one the view will refuse.
Ask = Callable[[bytes], Plain | None]


def asks_early(ask: Ask) -> Callable[[F], F]:
    """Declare what a view behind the staff's door asks first. `ask` reads the request and must not raise."""

    def mark(view: F) -> F:
        view._asks_early = ask  # type: ignore[attr-defined]
        return view

    return mark


def asked(token_hash: bytes) -> Plain | None:
    """What the view of this request asks first, if anything."""
    ask = getattr(current_app.view_functions.get(request.endpoint or ""), "_asks_early", None)
    return None if ask is None else cast(Ask, ask)(token_hash)
