"""The bench of audiences writes what it should: every member once, again nothing, and a page that says so."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import expansion
from benchmarks.place import Place, dropped
from tests import conftest

MEMBERS = 3_000


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    url = os.environ[conftest.DATABASE]
    made = Place(tmp_path, url, url, os.environ[conftest.REDIS], postgres_pid=None, tell=lambda _line: None)
    yield made
    dropped(made, f"bench_people_{MEMBERS}")


def test_a_short_run(place: Place) -> None:
    found = expansion.measure(place, members=MEMBERS, rounds=1, say=lambda _line: None)
    assert [(one.rows, one.added_again) for one in found] == [(MEMBERS, 0)] * 4
    assert all(one.ours[0] > 0 and one.floor[0] > 0 for one in found)
    page = expansion.page(found, members=MEMBERS, command="x")
    assert len(re.findall(r"^\| .* \| 3,000 \| .* \| 0 \|$", page, re.MULTILINE)) == 4
