"""The filled shop is in order, a floor writes what the product writes, and a short run comes to a page of results."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from app.extensions import db
from app.services import verification
from benchmarks import data, floor, machine, over_http
from benchmarks.over_http import Desk
from benchmarks.place import Place, Shop, dropped
from benchmarks.plan import WORKS, Plan
from tests import conftest

MEMBERS = 1_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    url = os.environ[conftest.DATABASE]
    folder = tmp_path_factory.mktemp("bench")
    return Place(folder, url, url, os.environ[conftest.REDIS], postgres_pid=None, tell=lambda _line: None)


@pytest.fixture(scope="module")
def shop(place: Place) -> Iterator[Shop]:
    name = f"huitou_bench_{os.getpid()}"
    yield place.shop(name, members=MEMBERS, rolling=False)
    dropped(place, name)


def test_a_filled_shop_is_in_order(place: Place, shop: Shop) -> None:
    rows = data.count_rows(shop.owner_url)
    assert rows["points_entry"] == 10 * MEMBERS
    assert min(rows.values()) > 0
    with place.application(shop.owner_url).app_context():
        broken = {finding.name: finding.broken[:2] for finding in verification.check_all() if finding.broken}
        db.engine.dispose()
    assert broken == {}


def test_a_filled_shop_is_used_again(place: Place, shop: Shop) -> None:
    name = shop.owner_url.rsplit("/", 1)[1]
    with psycopg.connect(shop.owner_url) as connection:
        connection.execute("UPDATE member SET nickname = 'kept' WHERE id = 1")
    place.shop(name, members=MEMBERS, rolling=False)
    with psycopg.connect(shop.owner_url) as connection:
        assert connection.execute("SELECT nickname FROM member WHERE id = 1").fetchone() == ("kept",)


@pytest.fixture(scope="module")
def desk(place: Place, shop: Shop) -> Desk:
    return over_http.open_desk(place, shop, members=MEMBERS)


PLAN = Plan(rounds=1, calls=1, bills=1, hellos=1, floor_transactions=1, turns=1)


@pytest.mark.parametrize(("number", "name"), list(enumerate(("check-in", "earn", "claim", "scan", "redeem"))))
def test_a_floor_writes_what_the_product_writes(place: Place, shop: Shop, desk: Desk, number: int, name: str) -> None:
    # Members of their own, for the product and for the floor.
    (request,) = desk.requests(name, PLAN, 510 + number, count=1)
    floor_member = 600 + number
    values = desk.values | {"first": floor_member - 1, "span": 1, "run": floor_member}

    before = current_transaction(shop)
    send(place, shop, request)
    by_product = rows_since(shop, before)

    before = current_transaction(shop)
    script = floor.SCRIPTS / f"{name.replace('-', '_')}.sql"
    floor.run(place, shop, script, values=values, clients=1, transactions=1)
    by_floor = rows_since(shop, before)

    assert by_floor == by_product


def test_a_short_run_comes_to_a_page(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    given = {"DATABASE_URL": os.environ[conftest.DATABASE], "REDIS_URL": os.environ[conftest.REDIS]}
    folder = tmp_path / "data"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks",
            "--short",
            "--data",
            str(folder),
            "--sizes",
            "1000,1200",
            "--output",
            str(page),
        ],
        cwd=machine.ROOT,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    text = page.read_text(encoding="utf-8")
    for name in (
        "check-in",
        "claim",
        "claim, many batches",
        "scan",
        "redeem",
        "earn",
        "page scan",
        "page redeem",
        "page hello",
        "hello",
        "balance",
        "statement page",
        "spend",
        "expiry, per lot",
        "tier review",
    ):
        assert re.search(rf"^\| {name}", text, re.MULTILINE), name
    # Nothing was refused.
    errors = re.findall(r"^\| (?:[a-z, -]+) \|.*\| (\d+) \|$", text.partition("## CPU")[0], re.MULTILINE)
    assert errors == ["0"] * len(WORKS)
    turns = re.search(r"customer after customer: ([\d.]+) ms for both requests, of which statements ([\d.]+)\.", text)
    assert turns is not None
    assert 0 < float(turns[2]) < float(turns[1])


def send(place: Place, shop: Shop, request: str) -> None:
    """One raw request to the application in this process."""
    head, _, body = request.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    app = place.application(shop.owner_url)
    method, path, _ = first.split()
    answer = app.test_client().open(path, method=method, headers=headers, data=body)
    assert answer.status_code in (200, 201), answer.text
    with app.app_context():
        db.engine.dispose()


def current_transaction(shop: Shop) -> int:
    """The number of a transaction begun now: later writes have higher ones."""
    with psycopg.connect(shop.owner_url) as connection:
        row = connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
    assert row is not None
    return int(row[0])


def rows_since(shop: Shop, transaction: int) -> dict[str, list[list[str]]]:
    """Table → the columns that hold something, of every row written after a transaction."""
    found: dict[str, list[list[str]]] = {}
    with psycopg.connect(shop.owner_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            query = sql.SQL("SELECT to_jsonb(t) FROM {} AS t WHERE xmin::text::bigint > %s").format(
                sql.Identifier(table)
            )
            rows: list[tuple[Any]] = connection.execute(query, (transaction,)).fetchall()
            if rows:
                found[table] = sorted(sorted(key for key, value in row[0].items() if value is not None) for row in rows)
    return found
