"""Thousands of made-up requests to every operation by every role: never a 5xx, and every answer as described.

Also the other way round: with a known id here and there, every operation must succeed now and then."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.openapi import from_wsgi
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.extensions import db
from app.gateways.wechat import RecordingWeChat
from app.services import verification
from tests.conftest import CommittedDatabase
from tests.fuzz import mailbox
from tests.fuzz.world import World

SEED = 20261121
EXAMPLES = 40
REFRESH_EVERY = 80
GOOD, BAD = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
OUTSIDERS = ("anonymous", "member", "auditor")
# What a name means in a path, where it means something else than in a body.
IN_PATHS = {
    "code": "badge",
    "template_id": "message_template_id",
    "kind": "benefit_kind",
    "member_list_id": "listed_id",
    "segment_id": "divided_id",
}
# The longest first, and the widest door in two halves, so that two test workers end together.
DOORS = {("console", 0): 1650, ("console", 1): 1650, ("mini", 0): 1000, ("store", 0): 700, ("partner", 0): 270}
HALVES = {"console": 2}
assert sum(DOORS.values()) >= 5000

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture
def world(committed_db: CommittedDatabase, now: datetime) -> Iterator[World]:
    parts = committed_db.app.extensions["huitou"]
    parts.wechat = RecordingWeChat()
    with committed_db.app.app_context():
        mailbox.open_box()
    world = World(committed_db, parts.wechat, now, random.Random(SEED))
    world.refresh()
    yield world
    with committed_db.app.app_context():
        db.session.remove()


class Run:
    """What one door answered so far."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.requests = 0
        self.good: Counter[str] = Counter()
        self.failures: dict[str, str] = {}

    def send(self, case: Case[Any], *, mode: GenerationMode, caller: str) -> None:
        if self.requests % REFRESH_EVERY == 0:
            self._world.refresh()
        self.requests += 1
        if mode.is_positive:
            case.path_parameters = {
                name: self._world.settle(value, IN_PATHS.get(name, name))
                for name, value in case.path_parameters.items()
            }
            case.query = {name: self._world.settle(value, name) for name, value in (case.query or {}).items()}
            case.body = self._world.settle(case.body)
        response = case.call(headers=self._world.callers[caller])
        if response.status_code < 300:
            self.good[case.operation.label] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                self.failures.setdefault(f"{case.operation.label} by {caller}: {failure}", str(response.text))


def try_operation(
    run: Run, operation: APIOperation[Any, Any, Any, Any], *, roles: list[str], modes: list[GenerationMode]
) -> None:
    """So many examples of one operation in one of the modes by one of the roles."""

    @given(data=st.data())
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def examples(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from(modes))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        run.send(case, mode=mode, caller=data.draw(st.sampled_from(roles)))

    examples()


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("door", "half"), DOORS)
def test_no_request_breaks_the_door(world: World, door: str, half: int) -> None:
    schema = from_wsgi("/openapi.json", world.signing())
    # Whoever calls brings their own; what a wrong signature meets is tried in tests/blueprints/partner/test_door.py.
    schema.config.generation.update(with_security_parameters=False)
    run = Run(world)
    tried = {}
    for number, result in enumerate(schema.get_all_operations()):
        assert isinstance(result, Ok), result
        operation = result.ok()
        if operation.path.startswith(f"/api/{door}/") and number % HALVES.get(door, 1) == half:
            insiders = operation.definition.raw.get("x-roles", ["anonymous"])
            try_operation(run, operation, roles=[*insiders, *insiders, *OUTSIDERS], modes=[GOOD, GOOD, BAD])
            tried[operation.label] = (operation, insiders)
    # The dice know no luck: who never succeeded gets more good throws.
    for label in [label for _ in range(5) for label in tried]:
        if label not in run.good:
            operation, insiders = tried[label]
            try_operation(run, operation, roles=insiders, modes=[GOOD])
    assert run.failures == {}
    assert run.requests >= DOORS[door, half]
    assert sorted(set(tried) - set(run.good)) == []
    with world.database.session():
        assert {finding.name: finding.broken for finding in verification.check_all() if finding.broken} == {}
