"""The settings row, asked for alone or together with something else."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import Unavailable
from app.models import Programme
from app.plain_statements import fetch_all
from app.services import programmes


def columns(programme: Programme) -> dict[str, tuple[type, Any]]:
    told = {column.name: getattr(programme, column.name) for column in Programme.__table__.columns}
    return {name: (type(value), value) for name, value in told.items()}


def test_looked_at_with_others_it_is_the_same_row(db_session: Session, count_queries: Callable[[], int]) -> None:
    rows = fetch_all(*programmes.look())
    before = count_queries()
    looked = programmes.get_looked(rows)
    assert programmes.get() is looked
    assert count_queries() == before
    told = columns(looked)
    db_session.refresh(looked)
    assert told == columns(looked)


def test_what_this_transaction_changed_stays_changed(db_session: Session) -> None:
    rows = fetch_all(*programmes.look())
    programmes.get().name = "改过的"
    assert programmes.get_looked(rows).name == "改过的"
    db_session.expunge_all()
    db_session.info.pop("programme")
    programmes.get_looked(fetch_all(*programmes.look())).name = "又改过"
    db_session.flush()
    assert db_session.scalar(text("SELECT name FROM programme")) == "又改过"


def test_before_there_is_one_nothing_works(db_session: Session) -> None:
    with pytest.raises(Unavailable):
        programmes.get_looked([])
