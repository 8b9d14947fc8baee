"""The rows that a page of other rows names, in one question for all of them."""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import select

from app.extensions import db

M = TypeVar("M", bound=Any)


def find(kind: type[M], keys: Iterable[int | None]) -> dict[int | None, M]:
    """Rows of a kind by their key; a missing key finds none, and no key asks nothing."""
    wanted = {key for key in keys if key is not None}
    return {row.id: row for row in db.session.scalars(select(kind).where(kind.id.in_(wanted)))} if wanted else {}
