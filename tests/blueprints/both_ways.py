"""Whoever asks both ways: with what is answered before the application, and the application alone."""

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from app.extensions import db
from app.transaction import transaction
from tests.conftest import CommittedDatabase

# What keeps a person of the staff from serving here; `ids` names them `staff`, and their `store`.
NOT_AT_THIS_COUNTER = {
    "disabled": "UPDATE staff SET is_active = false WHERE id = :staff",
    "of another store": "DELETE FROM staff_store WHERE staff_id = :staff",
    "closed": "UPDATE store SET is_active = false WHERE id = :store",
    "second step missing": "UPDATE staff_session SET must_set_up = true WHERE staff_id = :staff",
    "signed out": "UPDATE staff_session SET revoked_at = created_at WHERE staff_id = :staff",
    "run out": "UPDATE staff_session SET created_at = created_at - interval '2 days',"
    " expires_at = created_at - interval '1 day' WHERE staff_id = :staff",
    "at the console": "UPDATE staff_session SET store_id = NULL WHERE staff_id = :staff",
    "a marketer": "UPDATE staff SET role = 'marketer' WHERE id = :staff",
}


@dataclass
class BothWays:
    """Somebody signed in; `ids` are the keys that `change` may name."""

    database: CommittedDatabase
    ids: dict[str, int]
    headers: dict[str, str]

    @property
    def quick(self) -> Client:
        """As a server asks."""
        return Client(self.database.app)

    @property
    def slow(self) -> Client:
        """The application without anything before it."""
        return Client(partial(Flask.wsgi_app, self.database.app))

    def change(self, sql: str) -> None:
        """What somebody else commits meanwhile."""
        with self.database.session(), transaction():
            db.session.execute(text(sql), {name: self.ids[name] for name in re.findall(r" :(\w+)", sql)})

    def number(self, sql: str) -> int:
        """What a query counts."""
        with self.database.session() as session:
            return int(session.scalar(text(sql)) or 0)


def are_one_refusal(quick: TestResponse, slow: TestResponse) -> bool:
    """Whether the application refused, and the other way told the very same."""
    told = [(one.status, {**one.json["error"], "request_id": ""}) for one in (quick, slow)]
    return slow.status_code >= 400 and told[0] == told[1]


def without(names: set[str], answer: TestResponse) -> dict[str, Any]:
    """An answer's JSON but for what is drawn by lot."""
    return {key: value for key, value in dict(answer.json or {}).items() if key not in names}
