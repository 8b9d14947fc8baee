"""A durable PostgreSQL and Valkey of a test's own, to be killed: their supervisor starts them again, nobody else notices."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from flask_migrate import upgrade

from app import clock
from app.extensions import db
from app.services import beginnings
from app.transaction import transaction
from embedded.services import Services
from tests.conftest import CommittedDatabase, make_app, test_environment

BACK_SECONDS = 60


class MortalDatabase(CommittedDatabase):
    """The owner's login for the application too: nothing here is about who may do what."""

    settings: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        return self.settings


@contextmanager
def mortal_database(folder: Path) -> Iterator[tuple[MortalDatabase, Path]]:
    """The database, migrated; and the services' data folder."""
    with Services(folder / "data", durable=True) as services:
        environment = test_environment(database_url=services.database_owner_url, redis_url=services.redis_url)
        app = make_app(database_url=services.database_owner_url, redis_url=services.redis_url)
        with app.app_context():
            upgrade()
            with transaction():
                beginnings.initialise(now=clock.utc_now())
            db.session.remove()
        database = MortalDatabase(services.database_owner_url, services.redis_url, app)
        database.settings = environment
        try:
            yield database, folder / "data"
        finally:
            # Connections that a kill broke are closed here, not by whichever test runs when they are collected.
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


def kill(name: str, data: Path) -> None:
    """kill -9 of "postgres" or "valkey"; it may just be coming back from the blow before."""
    deadline = time.monotonic() + BACK_SECONDS
    while time.monotonic() < deadline:
        with suppress(ValueError, OSError):
            pid = json.loads((data / "services.json").read_text())["pids"][name]
            if pid:
                os.kill(int(pid), signal.SIGKILL)
                return
        time.sleep(0.05)
    raise TimeoutError(f"{name} did not come back")


def wait_until_it_answers(database: CommittedDatabase) -> None:
    """Connections made before a kill may serve the last requests while the successor is still starting."""
    for _ in range(BACK_SECONDS * 10):
        with suppress(psycopg.OperationalError), psycopg.connect(database.url):
            return
        time.sleep(0.1)
    raise TimeoutError("the database does not come back")
