"""`flask doctor` says what is fine, what is not, and what to do."""

import json

import pytest

from tests.conftest import CommittedDatabase


def test_doctor_names_what_needs_a_hand(committed_db: CommittedDatabase) -> None:
    # The suite's PostgreSQL runs without fsync, and its WeChat is a closed port: both must be told.
    answer = committed_db.app.test_cli_runner().invoke(args=["doctor", "--json"])
    found = {check["name"]: check for check in json.loads(answer.output)}
    assert answer.exit_code == 1
    assert {name for name, check in found.items() if check["is_fine"]} == {"postgresql", "schema", "programme", "redis"}
    assert found["fsync"]["found"] == "off"
    assert "WECHAT_SECRET" in found["wechat"]["advice"]


@pytest.mark.parametrize("words", ["→", "✓ postgresql", "✗ fsync"])
def test_doctor_speaks_in_lines(committed_db: CommittedDatabase, words: str) -> None:
    assert words in committed_db.app.test_cli_runner().invoke(args=["doctor"]).output
