"""Whether the database can serve this release."""

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.extensions import db


def database_state() -> str:
    """`ok`, `not_migrated` or `down`."""
    try:
        found = db.session.scalar(
            text("SELECT to_regclass('programme') IS NOT NULL AND EXISTS (SELECT FROM alembic_version)")
        )
    except DBAPIError as error:
        return "not_migrated" if getattr(error.orig, "sqlstate", None) == "42P01" else "down"
    except PoolTimeout:
        return "down"
    return "ok" if found else "not_migrated"
