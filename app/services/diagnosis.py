"""What an operator wants to know of the database before the shop opens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from app.extensions import db
from app.services import audit_seals, database_role

MIN_POSTGRESQL = 150_000
LONGEST_UNSEALED = timedelta(days=1)
# Without these an acknowledged write may be lost in a crash (I16).
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at: fine or not, what was found, and what to do when it is not."""

    name: str
    is_fine: bool
    found: str
    advice: str = ""


def look(*, now: datetime) -> list[Diagnosis]:
    """Version, schema, durability, whether history is safe and sealed. Raises DBAPIError when nothing answers."""
    version = int(db.session.scalar(text("SHOW server_version_num")) or 0)
    # An empty database has neither table; that is the answer, not a failure.
    revision = _first("alembic_version", "version_num")
    programmes = _first("programme", "count(*)") or 0
    checks = [
        Diagnosis("postgresql", version >= MIN_POSTGRESQL, _plain(version), "Huitou needs PostgreSQL 15 or newer."),
        Diagnosis("schema", revision is not None, str(revision), "Run `flask db upgrade`."),
        Diagnosis("programme", programmes == 1, f"{programmes} row(s)", "Run `flask init`."),
    ]
    checks += [_history(), _sealing(now)]
    for name in DURABLE:
        value = db.session.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one()
        checks.append(
            Diagnosis(name, value != "off", value, f"Set {name} = on: a crash could lose acknowledged writes.")
        )
    return checks


def _history() -> Diagnosis:
    open_tables = database_role.list_rewritable()
    advice = (
        "Give the application a login of its own (DATABASE_URL; DATABASE_OWNER_URL is the owner's) and run grant-role."
    )
    found = f"could be rewritten: {len(open_tables)} table(s)" if open_tables else "cannot be rewritten by this login"
    return Diagnosis("history", not open_tables, found, advice)


def _sealing(now: datetime) -> Diagnosis:
    oldest = None
    if db.session.scalar(text("SELECT to_regclass('audit_seal_entry')")) is not None:
        oldest = audit_seals.find_oldest_unsealed()
    is_fine = oldest is None or now - oldest <= LONGEST_UNSEALED
    found = "nothing waits for its seal" if oldest is None else f"oldest row without a seal: {oldest:%Y-%m-%d %H:%M}Z"
    return Diagnosis(
        "audit_seals", is_fine, found, "The tick seal_audit stands still: look at the scheduler and its log."
    )


def _first(table: str, what: str) -> Any:
    if db.session.scalar(text("SELECT to_regclass(:table)"), {"table": table}) is None:
        return None
    return db.session.scalar(text(f"SELECT {what} FROM {table}"))  # noqa: S608  names from above


def _plain(version: int) -> str:
    """180006 → 18.6"""
    return f"{version // 10_000}.{version % 10_000}"
