"""Where the machine plays: the real application and database, each play in one transaction that is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

from apiflask import APIFlask
from sqlalchemy import Connection, text

from app.extensions import db
from app.transaction import transaction


@contextmanager
def play(app: APIFlask) -> Iterator[Connection]:
    """An outer transaction for one play; steps inside are savepoints."""
    with app.app_context():
        engine = db.engine
        engines = db._app_engines[app]
        with engine.connect() as connection:
            outer = connection.begin()
            engines[None] = connection  # type: ignore[assignment]
            try:
                yield connection
            finally:
                db.session.remove()
                engines[None] = engine
                outer.rollback()


@contextmanager
def step(connection: Connection) -> Iterator[None]:
    """One use case, as an edge would commit it: what is checked at the commit is checked at its end."""
    with transaction():
        yield
        db.session.flush()
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    db.session.expire_all()
