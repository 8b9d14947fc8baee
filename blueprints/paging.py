"""Cursor lists: `{data, has_more, next_cursor}`. A cursor is the last row's sort key, opaque to the client."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from app.errors import InvalidInput
from app.paging import Page

T = TypeVar("T")
P = TypeVar("P", bound=BaseModel)


def page_of(schema: type[P], page: Page[T], item: Callable[[T], Any]) -> P:
    """Render a service's page as `schema` (a model with data, has_more, next_cursor)."""
    return schema(
        data=[item(row) for row in page.items],
        has_more=page.next_key is not None,
        next_cursor=None if page.next_key is None else encode(page.next_key),
    )


def encode(key: tuple[Any, ...]) -> str:
    """The key as URL-safe text."""
    plain = [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in key]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """The key again, checked against the expected kinds (int, str, datetime). Raises InvalidInput."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = [datetime.fromisoformat(v["at"]) if isinstance(v, dict) else v for v in json.loads(raw)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidInput(field="cursor", reason="pass next_cursor back unchanged") from error
    if len(values) != len(kinds) or not all(type(v) is k for v, k in zip(values, kinds, strict=True)):
        raise InvalidInput(field="cursor", reason="pass next_cursor back unchanged")
    if any(
        (type(v) is int and abs(v) >= 2**63)
        or (isinstance(v, str) and not v.isprintable())
        or (isinstance(v, datetime) and v.tzinfo is None)
        for v in values
    ):
        raise InvalidInput(field="cursor", reason="pass next_cursor back unchanged")
    return tuple(values)
