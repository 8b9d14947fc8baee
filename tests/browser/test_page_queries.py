"""However much a shop has, a page asks a fixed number of questions: counted at every page of the running product."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app import create_app
from app.commands.seed_demo import DEMO_PASSWORD
from app.extensions import db
from config import Config
from embedded.environment import kept_secrets
from tests.blueprints.pages.visitor import token_of
from tests.browser.pages import PLACES, Place
from tests.browser.visitor import STORE
from tests.browser.world import World

# Most pages ask one operation: who is it, and one to five questions. The widest ask a handful of operations.
MOST = 40


@pytest.fixture(scope="module")
def clients(world: World) -> Iterator[dict[tuple[str, str], FlaskClient]]:
    """The application on the product's database, in this process; a signed-in client for each person and door."""
    stack = world.stack
    secrets = kept_secrets(Path(stack.run["logs"]).parent / "secrets.env")
    app = create_app(
        Config.from_env(
            {
                **secrets,
                "APP_ENV": "test",
                "DATABASE_URL": stack.database_url,
                "REDIS_URL": stack.redis_url,
                "WECHAT_BASE_URL": stack.sandbox_url,
                "LOG_LEVEL": "WARNING",
            }
        )
    )
    made: dict[tuple[str, str], FlaskClient] = {}
    for place in PLACES:
        if (place.door, place.login) not in made:
            made[place.door, place.login] = _signed_in(app.test_client(), place)
    yield made
    with app.app_context():
        db.engine.dispose()


def _signed_in(client: FlaskClient, place: Place) -> FlaskClient:
    if place.login:
        path = f"/{place.door}/sign-in"
        data = {"login": place.login, "password": DEMO_PASSWORD, "store_code": STORE, "key": "k"}
        entered = client.post(path, data={**data, "csrf_token": token_of(client.get(path).text)})
        assert entered.status_code == 303
    return client


@contextmanager
def counting(client: FlaskClient) -> Iterator[list[str]]:
    """The statements of this thread."""
    asked: list[str] = []
    mine = threading.get_ident()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.get_ident() == mine:
            asked.append(statement)

    with client.application.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_page_asks_little(place: Place, world: World, clients: dict[tuple[str, str], FlaskClient]) -> None:
    client = clients[place.door, place.login]
    with counting(client) as asked:
        answer = client.get(world.path(place.path))
    assert answer.status_code == 200
    assert len(asked) <= MOST
    # The same question again and again is one for each row of something.
    again = {statement: asked.count(statement) for statement in set(asked)}
    assert [statement[:200] for statement, times in again.items() if times > 12] == []
