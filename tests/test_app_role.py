"""The application's own login does all the application's work, and cannot rewrite what happened.

Every application of this suite runs with that login; here it is shown what it is refused, and one story from joining to merging.
"""

# ruff: noqa: S608  (names of our own tables)

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask.testing import FlaskCliRunner
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.extensions import db
from app.services import verification
from app.statements.app_role import APPEND_ONLY, KEPT, ORDINARY, READ_ONLY, RUNNING
from tests.conftest import LOGIN, CommittedDatabase, as_app, make_app
from tests.factories import stories

CLASSES = (APPEND_ONLY, tuple(RUNNING), KEPT, ORDINARY, READ_ONLY)
HISTORY = (*APPEND_ONLY, *RUNNING)


@pytest.fixture(scope="module")
def login(database_url: str) -> Iterator[psycopg.Connection]:
    """The application's login, without the application."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def columns(table: str) -> list[str]:
    found = db.metadata.tables[table].columns
    return [column.name for column in found if column.computed is None]


def test_every_table_is_in_exactly_one_list() -> None:
    """A new table is out of the application's reach until somebody decides what may happen to it."""
    listed = [table for tables in CLASSES for table in tables]
    assert sorted(listed) == sorted({*db.metadata.tables, "alembic_version"})
    for table, running in RUNNING.items():
        assert set(running) < set(columns(table)), table


@pytest.mark.parametrize("table", HISTORY)
def test_what_happened_cannot_be_changed(login: psycopg.Connection, table: str) -> None:
    for column in set(columns(table)) - set(RUNNING.get(table, ())):
        with pytest.raises(InsufficientPrivilege):
            login.execute(f"UPDATE {table} SET {column} = {column}".encode())


@pytest.mark.parametrize("table", [*HISTORY, *KEPT, *READ_ONLY])
def test_what_is_kept_cannot_be_deleted(login: psycopg.Connection, table: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        login.execute(f"DELETE FROM {table}".encode())


@pytest.mark.parametrize("table", [table for tables in CLASSES for table in tables])
def test_nothing_can_be_emptied_or_rebuilt(login: psycopg.Connection, table: str) -> None:
    for statement in (
        f"TRUNCATE {table}",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        f"DROP TABLE {table}",
        f"CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()",
    ):
        with pytest.raises(InsufficientPrivilege):
            login.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "CREATE TABLE mine (n int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "DROP FUNCTION refuse_rewrite() CASCADE",
        "CREATE ROLE mine",
        "UPDATE alembic_version SET version_num = '0000'",
    ],
)
def test_the_schema_is_not_the_applications(login: psycopg.Connection, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        login.execute(statement.encode())


def test_a_temporary_table_cannot_stand_before_a_real_one(committed_db: CommittedDatabase) -> None:
    answer = shell(committed_db).invoke(args=["grant-role"])
    assert answer.exit_code == 0, answer.output
    with psycopg.connect(as_app(committed_db.url)) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute("CREATE TEMPORARY TABLE points_lot (n int)")


def shell(committed_db: CommittedDatabase) -> FlaskCliRunner:
    """A shell with both logins, as the operator has it after an upgrade."""
    urls = {"database_url": as_app(committed_db.url), "redis_url": committed_db.redis_url}
    return make_app(**urls, DATABASE_OWNER_URL=committed_db.url).test_cli_runner()


@contextmanager
def role(committed_db: CommittedDatabase, name: str, attributes: str) -> Iterator[str]:
    """A role of the server for as long as the block runs."""
    with psycopg.connect(committed_db.url, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {name} {attributes}".encode())
        try:
            yield name
        finally:
            owner.execute(f"DROP OWNED BY {name}".encode())
            owner.execute(f"DROP ROLE {name}".encode())


def test_granting_again_takes_stray_rights_away(committed_db: CommittedDatabase) -> None:
    name = os.environ[LOGIN]
    with psycopg.connect(committed_db.url, autocommit=True) as owner:
        owner.execute(f"GRANT ALL ON points_entry, audit_entry TO {name}".encode())
        owner.execute("GRANT UPDATE ON consent TO PUBLIC")
        rights = "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
        runner = shell(committed_db)
        seen = []
        for _ in range(2):
            answer = runner.invoke(args=["grant-role"])
            assert (answer.exit_code, answer.output) == (0, f"✓ {name}\n")
            seen.append(owner.execute(rights.encode()).fetchall())
    assert seen[0] == seen[1]
    with psycopg.connect(as_app(committed_db.url), autocommit=True) as connection:
        for table in ("points_entry", "audit_entry", "consent"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(f"DELETE FROM {table}".encode())


@pytest.mark.parametrize(
    ("attributes", "word"),
    [("SUPERUSER", "superuser"), ("CREATEROLE", "create roles"), ("IN ROLE huitou", "owner"), (None, "no such role")],
)
def test_a_role_no_grant_would_bind_is_refused(
    committed_db: CommittedDatabase, attributes: str | None, word: str
) -> None:
    runner = shell(committed_db)
    if attributes is None:
        answer = runner.invoke(args=["grant-role", "nobody_here"])
    else:
        with role(committed_db, f"{os.environ[LOGIN]}_x", attributes.replace("huitou", owner_of(committed_db))) as name:
            answer = runner.invoke(args=["grant-role", name])
    assert answer.exit_code == 1
    assert word in answer.output


def owner_of(committed_db: CommittedDatabase) -> str:
    return str(make_url(committed_db.url).username)


def test_one_login_for_everything_is_allowed_and_says_so(committed_db: CommittedDatabase) -> None:
    app = make_app(database_url=committed_db.url, redis_url=committed_db.redis_url)
    answer = app.test_cli_runner().invoke(args=["grant-role"])
    assert answer.exit_code == 0
    assert "owner" in answer.output


def test_the_whole_story_runs_with_it(committed_db: CommittedDatabase) -> None:
    with committed_db.app.app_context():
        who = db.session.execute(text("SELECT current_user::text, current_setting('is_superuser')")).one()
        assert tuple(who) == (os.environ[LOGIN], "off")
        db.session.rollback()
        stories.live()
        assert {finding.name: finding.broken for finding in verification.check_all() if finding.broken} == {}
