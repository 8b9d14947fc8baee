"""One page of a list read by key, never by offset."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


@dataclass(frozen=True)
class Page(Generic[T]):
    """`next_key` is the sort key of the last item when more follow, else None."""

    items: Sequence[T]
    next_key: tuple[Any, ...] | None

    def map(self, change: Callable[[T], U]) -> "Page[U]":
        """The same page of changed items."""
        return Page([change(item) for item in self.items], self.next_key)


def cut(rows: Sequence[T], limit: int, key: Callable[[T], tuple[Any, ...]]) -> Page[T]:
    """Make a page from `limit + 1` rows asked for: the extra row only says that more follow."""
    if len(rows) <= limit:
        return Page(rows, None)
    kept = rows[:limit]
    return Page(kept, key(kept[-1]))


def walk(read: Callable[[Any], Page[T]]) -> Iterator[T]:
    """Everything, read page by page: `read` takes the key of the last row seen, None at first."""
    after: Any = None
    while True:
        page = read(after)
        yield from page.items
        after = page.next_key
        if after is None:
            return
