"""Fixtures on a real PostgreSQL and Valkey: one template database built by the migrations, cloned for each worker.

Applications under test log in as the product does, with a role that cannot rewrite history; the owner's URL is for what only
an intruder or a migration could do.
"""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from apiflask import APIFlask
from flask import g
from flask.testing import FlaskClient
from flask_migrate import upgrade
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import clock, create_app
from app.extensions import db
from app.gateways.wechat import RecordingWeChat
from app.services import beginnings, database_role
from app.transaction import transaction
from config import Config
from embedded.services import Services

if TYPE_CHECKING:
    from tests.concurrency.race import Racers

# The owner's, who may create databases and roles.
DATABASE = "HUITOU_TEST_DATABASE_URL"
REDIS = "HUITOU_TEST_REDIS_URL"
TEMPLATE = "HUITOU_TEST_TEMPLATE"
# The application's login for this run: name and password in one.
LOGIN = "HUITOU_TEST_LOGIN"

# Friday 20 November 2026, ten in the morning in Shanghai.
NOON = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)

_stack = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """The controlling process starts the services once; xdist's workers find them in the environment."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if DATABASE not in os.environ:
        folder = _stack.enter_context(tempfile.TemporaryDirectory(prefix="huitou-test-", ignore_cleanup_errors=True))
        services = _stack.enter_context(Services(Path(folder) / "data", durable=False))
        os.environ[DATABASE], os.environ[REDIS] = services.database_owner_url, services.redis_url
        _stack.callback(lambda: [os.environ.pop(key, None) for key in (DATABASE, REDIS)])
    _make_login(f"huitou_app_{uuid.uuid4().hex[:12]}")
    name = f"huitou_template_{uuid.uuid4().hex[:8]}"
    os.environ[TEMPLATE] = name
    _admin(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    _stack.callback(_drop, name)
    app = make_app(database_url=with_database(os.environ[DATABASE], name))
    with app.app_context():
        upgrade()
        with db.engine.begin() as connection:
            database_role.grant(os.environ[LOGIN], owner=connection)
        with transaction():
            beginnings.initialise(now=NOON)
        db.session.remove()
        db.engine.dispose()


def _make_login(name: str) -> None:
    os.environ[LOGIN] = name
    _admin(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(name)))
    _stack.callback(_forget_login, name)


def _forget_login(name: str) -> None:
    # A database that a killed worker left behind still names it; on our own server both go with the folder.
    with suppress(psycopg.errors.DependentObjectsStillExist):
        _admin(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what pytest_configure started."""
    if not hasattr(config, "workerinput"):
        _stack.close()


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return url.rsplit("/", 1)[0] + "/" + name


def as_app(owner_url: str) -> str:
    """The same database through the application's own login."""
    scheme, _, place = owner_url.partition("://")
    return f"{scheme}://{os.environ[LOGIN]}:{os.environ[LOGIN]}@{place.rpartition('@')[2]}"


def _admin(statement: sql.Composed) -> None:
    with psycopg.connect(os.environ[DATABASE], autocommit=True) as connection:
        connection.execute(statement)


def _drop(name: str) -> None:
    _admin(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def clone_database() -> str:
    """A fresh database with the schema and first rows; returns its owner's URL."""
    name = f"huitou_{uuid.uuid4().hex[:12]}"
    _admin(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(os.environ[TEMPLATE])))
    return with_database(os.environ[DATABASE], name)


@contextmanager
def empty_database() -> Iterator[str]:
    """A database without even a schema, for as long as the block runs; its owner's URL."""
    name = f"huitou_{uuid.uuid4().hex[:12]}"
    _admin(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield with_database(os.environ[DATABASE], name)
    finally:
        _drop(name)


def test_environment(*, database_url: str, redis_url: str) -> dict[str, str]:
    """The environment of a process under test."""
    return {
        "APP_ENV": "test",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "test-only-" + "s" * 32,
        "VAULT_KEYS": "k1:" + "A" * 43 + "=",
        "BLIND_INDEX_KEY": "B" * 43 + "=",
        "WECHAT_APPID": "wxtest000000000001",
        "WECHAT_SECRET": "test-secret",
        "WECHAT_PUSH_TOKEN": "test-push-token",
        "WECHAT_PUSH_AES_KEY": "C" * 43,
        "WECHAT_BASE_URL": "http://127.0.0.1:9",
        "LOG_LEVEL": "WARNING",
        "DB_POOL_SIZE": "4",
    }


test_environment.__test__ = False  # type: ignore[attr-defined]


def make_app(*, database_url: str, redis_url: str | None = None, **changes: str) -> APIFlask:
    """An application of its own on the given services."""
    environment = test_environment(database_url=database_url, redis_url=redis_url or os.environ[REDIS])
    return create_app(Config.from_env({**environment, **changes}))


@pytest.fixture(scope="session")
def owner_url() -> Iterator[str]:
    """This worker's own clone, as its owner; tests roll back, so it stays as it was."""
    url = clone_database()
    yield url
    _drop(url.rsplit("/", 1)[1])


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> str:
    """A Valkey database of this worker's own."""
    number = 1 + int(worker_id.removeprefix("gw") or 0) if worker_id.startswith("gw") else 0
    return os.environ[REDIS].rsplit("/", 1)[0] + f"/{number}"


@pytest.fixture(scope="session")
def database_url(owner_url: str) -> str:
    """This worker's database through the application's own login."""
    return as_app(owner_url)


@pytest.fixture(scope="session")
def shared_app(database_url: str, redis_url: str) -> Iterator[APIFlask]:
    """One application per worker."""
    app = make_app(database_url=database_url, redis_url=redis_url)
    yield app
    with app.app_context():
        db.engine.dispose()


@dataclass
class Clock:
    """The application's clock, standing still until told."""

    now: datetime = NOON

    def move(self, **by: float) -> datetime:
        """Advance by days=, hours=, minutes=, seconds=…; returns the new now."""
        self.now += timedelta(**by)
        return self.now

    def set(self, at: datetime) -> datetime:
        """Jump to an aware instant."""
        self.now = at.astimezone(UTC)
        return self.now


@pytest.fixture
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """`app.clock.utc_now()` answers this clock."""
    watch = Clock()
    monkeypatch.setattr(clock, "utc_now", lambda: watch.now)
    return watch


@pytest.fixture
def now(standing_clock: Clock) -> datetime:
    """Friday 20 November 2026, 10:00 in Shanghai, and the application agrees."""
    return standing_clock.now


@pytest.fixture
def app(shared_app: APIFlask) -> Iterator[APIFlask]:
    """The application inside one outer transaction that is rolled back; deferred constraints are checked first."""
    with shared_app.app_context():
        engine = db.engine
        engines = db._app_engines[shared_app]
        with engine.connect() as connection:
            outer = connection.begin()
            engines[None] = connection  # type: ignore[assignment]
            parts = shared_app.extensions["huitou"]
            wechat, parts.wechat = parts.wechat, RecordingWeChat()
            try:
                yield shared_app
                db.session.flush()
                if outer.is_active:
                    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            finally:
                db.session.remove()
                engines[None] = engine
                parts.wechat = wechat
                outer.rollback()


@pytest.fixture
def db_session(app: APIFlask) -> Session:
    """The session of the rolled-back transaction, for services."""
    return db.session()


@pytest.fixture
def wechat(app: APIFlask) -> RecordingWeChat:
    """The recording fake standing in for WeChat."""
    fake: RecordingWeChat = app.extensions["huitou"].wechat
    return fake


class KeepingClient(FlaskClient):
    """Keeps what the test prepared: a refused request rolls back to its own beginning, not to the test's."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.commit()
        # The fixture's application context is every request's: each begins with an instant and a language of its own.
        for name in list(g):
            g.pop(name)
        return super().open(*args, **kwargs)


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    """HTTP against the application, inside the same rolled-back transaction."""
    app.test_client_class = KeepingClient
    return app.test_client()


@dataclass
class CommittedDatabase:
    """A database whose commits are real, for tests with several processes. `url` is the owner's."""

    url: str
    redis_url: str
    app: APIFlask

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs to run the application on it."""
        return test_environment(database_url=as_app(self.url), redis_url=self.redis_url)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of its own in an application context."""
        with self.app.app_context():
            yield db.session()


@pytest.fixture
def committed_db(redis_url: str) -> Iterator[CommittedDatabase]:
    """A fresh database for this test alone."""
    url = clone_database()
    app = make_app(database_url=as_app(url), redis_url=redis_url)
    yield CommittedDatabase(url, redis_url, app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    _drop(url.rsplit("/", 1)[1])


@pytest.fixture
def count_queries(app: APIFlask) -> Iterator[Callable[[], int]]:
    """Statements sent since the fixture began."""
    from sqlalchemy import event

    seen: list[Any] = []
    connection = db._app_engines[app][None]

    def note(*args: Any) -> None:
        seen.append(args[2])

    event.listen(connection, "before_cursor_execute", note)
    yield lambda: len(seen)
    event.remove(connection, "before_cursor_execute", note)


@pytest.fixture(scope="session")
def racers() -> Iterator["Racers"]:
    """Processes that run calls at one instant, started once per test worker."""
    # Not above: a race asks for a database of this module.
    from tests.concurrency.race import Racers

    with Racers() as running:
        yield running
