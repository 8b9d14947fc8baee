"""Live says the process answers, ready says it can work; neither tells a stranger more."""

import psycopg
from flask.testing import FlaskClient

from app.extensions import db
from tests.conftest import empty_database, make_app


def test_live_and_ready(client: FlaskClient) -> None:
    assert client.get("/health/live").get_json() == {"status": "ok"}
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.get_json()) == (200, {"status": "ok", "database": "ok", "redis": True})


def test_a_database_without_the_schema_is_not_ready() -> None:
    with empty_database() as url:
        app = make_app(database_url=url)
        # Also between `db upgrade` beginning and its first commit.
        for begin in ("SELECT 1", "CREATE TABLE alembic_version (version_num text)"):
            with psycopg.connect(url) as connection:
                connection.execute(begin)
            answer = app.test_client().get("/health/ready")
            assert (answer.status_code, answer.json["database"]) == (503, "not_migrated")
        assert app.test_client().get("/health/live").status_code == 200
        with app.app_context():
            db.engine.dispose()
