"""`flask doctor` says what is fine, what is not, and what to do."""

import json

import psycopg
import pytest

from tests.conftest import CommittedDatabase, make_app


def test_doctor_names_what_needs_a_hand(committed_db: CommittedDatabase) -> None:
    # The suite's PostgreSQL runs without fsync, and its WeChat is a closed port: both must be told.
    answer = committed_db.app.test_cli_runner().invoke(args=["doctor", "--json"])
    found = {check["name"]: check for check in json.loads(answer.output)}
    assert answer.exit_code == 1
    fine = {"postgresql", "schema", "programme", "history", "redis"}
    assert {name for name, check in found.items() if check["is_fine"]} == fine
    assert found["fsync"]["found"] == "off"
    assert "WECHAT_SECRET" in found["wechat"]["advice"]


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
