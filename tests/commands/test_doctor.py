"""`flask doctor` says what is fine, what is not, and what to do."""

import json

import psycopg
import pytest

from app.actor import Actor
from app.extensions import db
from app.services import audit
from app.transaction import transaction
from tests.conftest import NOON, CommittedDatabase, make_app


def test_doctor_names_what_needs_a_hand(committed_db: CommittedDatabase) -> None:
    # The suite's PostgreSQL runs without fsync, and its WeChat is a closed port: both must be told. Commits it would not wait
    # for either are waited for because our sessions say so.
    answer = committed_db.app.test_cli_runner().invoke(args=["doctor", "--json"])
    found = {check["name"]: check for check in json.loads(answer.output)}
    assert answer.exit_code == 1
    fine = {"postgresql", "synchronous_commit", "schema", "programme", "history", "audit_seals", "redis"}
    assert {name for name, check in found.items() if check["is_fine"]} == fine
    assert found["fsync"]["found"] == "off"
    assert "WECHAT_SECRET" in found["wechat"]["advice"]


def test_doctor_sees_that_the_owner_could_rewrite_history_and_that_nobody_seals(
    committed_db: CommittedDatabase,
) -> None:
    with committed_db.session(), transaction():
        audit.record("x.y", actor=Actor.system(), object_kind="x", object_id=None, details={}, now=NOON)
    app = make_app(database_url=committed_db.url)
    found = {
        check["name"]: check for check in json.loads(app.test_cli_runner().invoke(args=["doctor", "--json"]).output)
    }
    assert (found["history"]["is_fine"], found["audit_seals"]["is_fine"]) == (False, False)
    assert "grant-role" in found["history"]["advice"]
    with app.app_context():
        db.engine.dispose()


def test_doctor_says_what_an_empty_database_lacks(committed_db: CommittedDatabase) -> None:
    with psycopg.connect(committed_db.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP TABLE alembic_version, programme")
    answer = committed_db.app.test_cli_runner().invoke(args=["doctor", "--json"])
    found = {check["name"]: check for check in json.loads(answer.output)}
    assert (found["schema"]["is_fine"], found["schema"]["advice"]) == (False, "Run `flask db upgrade`.")
    assert found["programme"]["advice"] == "Run `flask init`."


def test_doctor_names_a_database_that_does_not_answer() -> None:
    app = make_app(database_url="postgresql://nobody@127.0.0.1:9/none", redis_url="redis://127.0.0.1:9/0")
    answer = app.test_cli_runner().invoke(args=["doctor", "--json"])
    found = {check["name"]: check for check in json.loads(answer.output)}
    assert answer.exit_code == 1
    assert "DATABASE_URL" in found["postgresql"]["advice"]
    assert "REDIS_URL" in found["redis"]["advice"]


@pytest.mark.parametrize("words", ["→", "✓ postgresql", "✗ fsync"])
def test_doctor_speaks_in_lines(committed_db: CommittedDatabase, words: str) -> None:
    assert words in committed_db.app.test_cli_runner().invoke(args=["doctor"]).output
