"""One commit per use case. The edge opens a transaction; services inside may flush, never commit."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError

from app import plain_statements
from app.database_errors import constraint_name, sqlstate
from app.errors import Conflict, Unavailable
from app.extensions import db

T = TypeVar("T")

SERIALIZATION_FAILURE = "40001"
DEADLOCK_DETECTED = "40P01"
LOCK_NOT_AVAILABLE = "55P03"
QUERY_CANCELED = "57014"
MAX_TRIES = 5

_OPEN = "huitou_transaction_open"


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what happened inside, or nothing.

    Nesting is refused: a second commit inside a use case would leave half of it done. A unique violation that no service
    translated becomes Conflict (a concurrent twin won); a lost connection or lock timeout becomes Unavailable.
    """
    session = db.session()
    if session.info.get(_OPEN):
        raise RuntimeError("transaction() is already open: services must not open their own")
    session.info[_OPEN] = True
    try:
        yield
        plain_statements.commit_with_last()
        session.commit()
    except IntegrityError as error:
        session.rollback()
        raise Conflict(constraint=constraint_name(error)) from error
    except OperationalError as error:
        session.rollback()
        if sqlstate(error) in (SERIALIZATION_FAILURE, DEADLOCK_DETECTED):
            raise
        raise Unavailable(retry_after_seconds=2) from error
    except BaseException:
        session.rollback()
        raise
    finally:
        plain_statements.forget_last()
        session.info.pop(_OPEN, None)


def run(work: Callable[[], T]) -> T:
    """Run `work` in a transaction and again, at most five times, when the database asks for it (40001, 40P01)."""
    for attempt in range(1, MAX_TRIES + 1):
        try:
            with transaction():
                return work()
        except OperationalError as error:
            if attempt == MAX_TRIES:
                raise Unavailable(retry_after_seconds=2) from error
            # Jitter keeps the two that collided from colliding again.
            time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311
    raise AssertionError("unreachable")
