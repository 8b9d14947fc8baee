"""Fills an empty, migrated database with a shop of N members, ten points entries each, that `flask verify` finds in order.

The load goes past triggers and foreign keys (session_replication_role), so it needs the server's superuser; what it writes
is what the product would have written.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql

from app import clock
from benchmarks import fill_statements as statements

# Lots due and tiers to review stay this many however large the shop is: their cost must follow them.
MATCHES = 1_000
# Rows of one transaction stay in memory; two at once keep two cores busy.
MEMBERS_PER_CHUNK = 20_000
LOADERS = 2

Report = Callable[[int, int], None]


def silent(done: int, of: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What a shop holds: members, and how many of them have due lots or a tier to review."""

    members: int
    due: int
    review: int
    today: date


def step_for(members: int) -> int:
    """Every how-manieth member has due lots (and the one after it a tier to review)."""
    return max(10, members // MATCHES)


def fill(
    url: str, *, members: int, app_id: str, now: datetime, rolling: bool = True, report: Report = silent
) -> Filled:
    """Write everything and let the planner know; `rolling` puts tiers under review, else they are for life.

    Raises ValueError when there are members already.
    """
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT 1 FROM member LIMIT 1").fetchone():
            raise ValueError("the database has members already")
        connection.execute("SET LOCAL session_replication_role = replica")
        if rolling:
            connection.execute(statements.ROLLING)
        values = _values(connection, members=members, app_id=app_id, now=now)
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(statements.WAITING, values)
    chunks = [
        (first, min(first + MEMBERS_PER_CHUNK - 1, members)) for first in range(1, members + 1, MEMBERS_PER_CHUNK)
    ]
    done = 0
    with ThreadPoolExecutor(LOADERS) as pool:
        for count in pool.map(lambda chunk: _load(url, values, first=chunk[0], last=chunk[1]), chunks):
            done += count
            report(done, members)
    with psycopg.connect(url, autocommit=True) as connection:
        for table in statements.SEQUENCES:
            name = sql.Identifier(table)
            connection.execute(
                sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT max(id) FROM {}))").format(table, name)
            )
        # As a shop that has been running: statistics for the planner, and nothing left to clean while we measure.
        connection.execute("VACUUM (ANALYZE)")
    step = values["step"]
    return Filled(members=members, due=members // step, review=(members - 1) // step + 1, today=values["today"])


def _values(connection: "psycopg.Connection[Any]", *, members: int, app_id: str, now: datetime) -> dict[str, Any]:
    row = connection.execute("SELECT zone, cut_over_hour FROM programme").fetchone()
    assert row is not None  # noqa: S101 - a migrated database has been initialised by its owner
    today = clock.business_date(now, zone=row[0], cut_over_hour=row[1])
    versions = dict(
        connection.execute(
            "SELECT rule.code, max(version.id) FROM earning_rule AS rule JOIN earning_rule_version AS version"
            " ON version.rule_id = rule.id WHERE version.ends_at IS NULL GROUP BY rule.code"
        ).fetchall()
    )
    ladder = connection.execute("SELECT qualification, grace_days FROM ladder WHERE status = 'active'").fetchone()
    values: dict[str, Any] = {
        "app_id": app_id,
        "today": today,
        "day_start": clock.business_day_bounds(today, zone=row[0], cut_over_hour=row[1])[0],
        "members": members,
        "step": step_for(members),
        "reviewed": ladder is not None and ladder[0] != "lifetime",
        "grace_days": ladder[1] if ladder else 0,
    }
    for name, code in (("points", "base_points"), ("growth", "base_growth")):
        values[f"{name}_version"] = versions.get(code)
        values[f"{name}_suffix"] = f":{code}" if code in versions else ""
    return values


def _load(url: str, values: dict[str, Any], *, first: int, last: int) -> int:
    # Client-side binding: several statements at once, and constants the planner can see.
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("SET LOCAL synchronous_commit = off")
        connection.execute("SET LOCAL work_mem = '256MB'")
        for statement in (*statements.PREPARE, "ANALYZE booked", *statements.TABLES.values()):
            connection.execute(statement, {**values, "first": first, "last": last})
    return last - first + 1


def count_rows(url: str) -> dict[str, int]:
    """Rows of each filled table."""
    with psycopg.connect(url) as connection:
        rows: dict[str, int] = {}
        for table in {name.split()[0]: None for name in statements.TABLES}:
            row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
            rows[table] = row[0] if row else 0
    return rows
