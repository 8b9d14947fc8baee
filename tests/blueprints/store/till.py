"""A counter with its door, for tests of what clerks do over HTTP."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.models import Staff
from tests.factories.counters import Counter
from tests.factories.staff import make_staff, sign_in

DOOR = "/api/store/v1"


@dataclass
class Till:
    """A counter and the headers of its clerk."""

    client: FlaskClient
    counter: Counter
    headers: dict[str, str]

    def scan(self) -> str:
        return str(self.counter.visit())

    def post(self, path: str, body: Any = None, *, headers: Any = None, key: str | None = None) -> TestResponse:
        keyed = {**(headers or self.headers), "Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(DOOR + path, json=body, headers=keyed)

    def get(self, path: str, *, headers: Any = None) -> TestResponse:
        return self.client.get(DOOR + path, headers=headers or self.headers)

    def colleague(self, role: str = "clerk") -> tuple[Staff, dict[str, str]]:
        """Somebody else at the same store, signed in."""
        person = make_staff(role, at=[self.counter.store], display_name="小王")
        return person, sign_in(person, store=self.counter.store)


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Status and code."""
    told: dict[str, Any] = answer.get_json()
    return answer.status_code, told["error"]["code"]
