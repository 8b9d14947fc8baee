"""Rows that a plain statement wrote, made known to the session without reading them back."""

from typing import TypeVar

from sqlalchemy.orm import make_transient_to_detached

from app.extensions import Model, db

M = TypeVar("M", bound=Model)


def known(row: M) -> M:
    """Take `row`, which tells every column as it is stored, for the session's own; later changes to it are written."""
    make_transient_to_detached(row)
    db.session.add(row)
    return row
