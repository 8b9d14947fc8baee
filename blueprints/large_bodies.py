"""Bodies above the usual bound, for the few operations that take a file's worth of lines."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import request

F = TypeVar("F", bound=Callable[..., Any])


def up_to(size: int) -> Callable[[F], F]:
    """Read bodies of at most `size` bytes in this view; stands above `@bp.input`, which reads them."""

    def widen(view: F) -> F:
        @wraps(view)
        def widened(*args: Any, **kwargs: Any) -> Any:
            request.max_content_length = size
            return view(*args, **kwargs)

        return cast(F, widened)

    return widen
