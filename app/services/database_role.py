"""The application's own database login: what it may do is granted by the owner of the tables, and looked at by the doctor."""

from sqlalchemy import Connection, text

from app.errors import InvalidInput
from app.extensions import db
from app.statements import app_role

_ROLE = "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication FROM pg_roles WHERE rolname = :role"


def grant(role: str, *, owner: Connection) -> None:
    """Leave `role` with exactly the application's rights; repeating changes nothing. The caller commits.

    Errors: InvalidInput(field="role", reason=unknown | too_powerful | owner) when the rights could not bind it.
    """
    powerful = owner.scalar(text(_ROLE), {"role": role})
    if powerful is None:
        raise InvalidInput(field="role", reason="unknown")
    if powerful:
        raise InvalidInput(field="role", reason="too_powerful")
    if owner.scalar(text("SELECT pg_has_role(:role, current_user, 'MEMBER')"), {"role": role}):
        raise InvalidInput(field="role", reason="owner")
    database = str(owner.scalar(text("SELECT current_database()")))
    for statement in app_role.grants(role, database=database):
        owner.exec_driver_sql(statement)


def list_rewritable() -> list[str]:
    """Tables of history that the application's own login could rewrite; none is the good answer."""
    closed = list(app_role.APPEND_ONLY)
    values = {"tables": [*closed, *app_role.RUNNING], "closed": closed}
    return list(db.session.scalars(text(app_role.REWRITABLE), values))
