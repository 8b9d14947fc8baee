"""The migrations make what the models say, take it back without a trace, and can be read one by one."""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from apiflask import APIFlask
from flask_migrate import downgrade, upgrade

from app.extensions import db
from tests.conftest import empty_database, make_app

VERSIONS = sorted((Path(__file__).resolve().parent.parent / "migrations" / "versions").glob("*.py"))
FILE_NAME = re.compile(r"(20\d{6})_([01]\d|2[0-3])[0-5]\d_(?P<revision>\w{4})_[a-z0-9_]+\.py")
# PostgreSQL names NOT NULL by itself.
CONSTRAINT_NAME = re.compile(r"(pk|uq|ck|fk|ex)_[a-z0-9_]+")
INDEX_NAME = re.compile(r"(pk|uq|ex|ix)_[a-z0-9_]+")

# Everything of ours in the schema, told so that two databases can be compared; extensions' own objects are left out.
CATALOGUE = {
    "column": """
        SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' '
               || a.attidentity::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '-')
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d
             ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0
              AND NOT a.attisdropped""",
    "constraint": """
        SELECT conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'c', 'f', 'x')""",
    "index": "SELECT tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "sequence": "SELECT sequencename, data_type::text FROM pg_sequences WHERE schemaname = 'public'",
    "trigger": """
        SELECT tgrelid::regclass::text || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal""",
    "function": """
        SELECT proname, pg_get_functiondef(p.oid) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    "type": """
        SELECT typname, typtype::text FROM pg_type t WHERE typnamespace = 'public'::regnamespace
        AND typrelid = 0 AND typelem = 0 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')""",
}

Schema = dict[tuple[str, str], str]


@contextmanager
def _fresh() -> Iterator[tuple[APIFlask, str]]:
    with empty_database() as url:
        app = make_app(database_url=url)
        with app.app_context():
            try:
                yield app, url
            finally:
                db.session.remove()
                db.engine.dispose()


def _schema(url: str) -> Schema:
    with psycopg.connect(url) as connection:
        found = {
            (kind, name): text
            for kind, query in CATALOGUE.items()
            for name, text in connection.execute(query).fetchall()
        }
    return {key: text for key, text in found.items() if not key[1].startswith("alembic_version")}


def test_up_down_and_up_again() -> None:
    with _fresh() as (_app, url):
        upgrade()
        first = _schema(url)
        assert {"column", "constraint", "index", "trigger", "function"} <= {kind for kind, _ in first}
        with db.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True}
            )
            assert compare_metadata(context, db.metadata) == []
        _assert_named(first)
        downgrade(revision="base")
        assert _schema(url) == {}
        upgrade()
        assert _schema(url) == first


def test_each_step_can_be_taken_back() -> None:
    with _fresh() as (_app, url):
        before: Schema = {}
        for revision in [_revision(path) for path in VERSIONS]:
            upgrade(revision=revision)
            after = _schema(url)
            assert after != before, revision
            downgrade(revision="-1")
            assert _schema(url) == before, revision
            upgrade(revision=revision)
            before = after


def test_models_and_migrations_make_the_same_tables() -> None:
    with _fresh() as (_app, url):
        upgrade()
        migrated = {key: text for key, text in _schema(url).items() if key[0] not in ("trigger", "function")}
    with _fresh() as (_app, url):
        with db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE EXTENSION btree_gist")
        db.metadata.create_all(db.engine)
        assert _schema(url) == migrated


def _assert_named(schema: Schema) -> None:
    for kind, name in schema:
        table, _, own = name.partition(".")
        if kind == "constraint":
            assert CONSTRAINT_NAME.fullmatch(own), name
        if kind == "index":
            assert INDEX_NAME.fullmatch(own), name
        if kind in ("constraint", "index"):
            assert own.split("_", 1)[1].startswith(table), name


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_each_file_can_be_read(path: Path) -> None:
    match = FILE_NAME.fullmatch(path.name)
    assert match
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert match["revision"] == _revision(path)
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= {"alembic", "sqlalchemy"}
    steps = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name in ("upgrade", "downgrade"):
        assert not isinstance(steps[name].body[0], ast.Pass), name


def test_the_files_are_one_chain_in_order() -> None:
    chain = [(_assigned(path, "down_revision"), _revision(path)) for path in VERSIONS]
    assert [down for down, _ in chain] == [None, *(revision for _, revision in chain[:-1])]


def _revision(path: Path) -> str:
    return str(_assigned(path, "revision"))


def _assigned(path: Path, name: str) -> object:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{path.name}: no {name}")
