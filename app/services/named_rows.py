"""Rows that carry a name of their own."""

from sqlalchemy.exc import IntegrityError

from app.database_errors import constraint_name
from app.errors import NameTaken
from app.extensions import Model, db


def add(row: Model, *, unique: str) -> None:
    """Add a row whose name must be nobody else's by that constraint. Raises NameTaken(name); the transaction goes on."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        if constraint_name(error) == unique:
            raise NameTaken(name=getattr(row, "name")) from error  # noqa: B009 not every model has one
        raise
