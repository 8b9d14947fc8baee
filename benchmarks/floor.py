"""The floor: pgbench doing the same writes in plain SQL, as fast as this PostgreSQL and machine allow."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg import conninfo

from benchmarks import machine
from benchmarks.place import Place, Shop
from embedded.binaries import find_postgres

SCRIPTS = Path(__file__).resolve().parent / "floors"
RUN_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Floor:
    """One run: transactions a second, and CPU of the database and of pgbench per transaction (milliseconds)."""

    rate: float
    database_ms: float
    driver_ms: float


def run(place: Place, shop: Shop, script: Path, *, values: Mapping[str, int], clients: int, transactions: int) -> Floor:
    """Run a script `transactions` times by every client; each counts `n` up from 0 by itself."""
    before, children = machine.cpu_seconds(place.postgres_pid), os.times()
    defined = [part for name, value in {**values, "n": 0}.items() for part in ("-D", f"{name}={value}")]
    program = find_postgres().folder / "pgbench"
    if not program.exists():
        raise SystemExit(f"pgbench is not beside PostgreSQL's other programs in {program.parent}: install it there")
    done = subprocess.run(
        [
            str(program),
            *("--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--jobs={min(2, clients)}"),
            *(f"--transactions={transactions}", f"--file={script}"),
            *defined,
        ],
        env=_environment(shop.owner_url),
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    spent, after = machine.cpu_seconds(place.postgres_pid) - before, os.times()
    drove = after.children_user + after.children_system - children.children_user - children.children_system
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    if done.returncode != 0 or rate is None or (failed is not None and failed[1] != "0"):
        raise SystemExit(f"pgbench failed:\n{done.stdout[-1000:]}\n{done.stderr[-1000:]}")
    per = 1000 / (clients * transactions)
    return Floor(rate=float(rate[1]), database_ms=per * spent, driver_ms=per * drove)


def _environment(url: str) -> dict[str, str]:
    named = conninfo.conninfo_to_dict(url)
    places = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    found = {variable: str(named[key]) for key, variable in places.items() if named.get(key) is not None}
    return {"PATH": os.environ.get("PATH", ""), **found, "PGOPTIONS": "-c timezone=Asia/Shanghai"}
