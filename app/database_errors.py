"""What the database's own refusals mean to a caller: the edges answer with these and never meet SQLAlchemy."""

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import Conflict, InvalidInput, LoyaltyError, Unavailable

# Everything the database or its pool of connections may raise.
DATABASE_ERRORS: tuple[type[Exception], ...] = (DBAPIError, PoolTimeout)

RETRY_AFTER_SECONDS = 2


def refusal_of(error: Exception) -> LoyaltyError | None:
    """The coded refusal behind a database error; None when it is a mistake of ours."""
    if isinstance(error, DataError):
        # A value no column can hold slipped past the schemas: still the caller's.
        return InvalidInput(reason="value_out_of_range")
    if isinstance(error, IntegrityError):
        return Conflict(constraint=constraint_name(error))
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeout)):
        return Unavailable(retry_after_seconds=RETRY_AFTER_SECONDS)
    return None


def sqlstate(error: DBAPIError) -> str | None:
    """The five-letter SQLSTATE, or None when the server never answered."""
    return getattr(error.orig, "sqlstate", None)


def constraint_name(error: DBAPIError) -> str | None:
    """The name of the violated constraint, when the server told."""
    diag = getattr(error.orig, "diag", None)
    return getattr(diag, "constraint_name", None)
