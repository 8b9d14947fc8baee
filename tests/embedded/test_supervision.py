"""`python -m embedded` owns its folder alone, brings back what dies, and takes everything with it when it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from embedded.account import service_account
from embedded.binaries import bring_postgres, find_postgres
from embedded.ports import pick
from tests.embedded.machinery import (
    NOBODY,
    assert_all_end,
    family,
    foreground,
    open_folder,
    read_when_written,
    wait_for,
)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    (folder / "services.json").unlink(missing_ok=True)
    with foreground("--data", str(folder), *options) as process:
        yield process, read_when_written(folder / "services.json", process)


def test_each_part_comes_back_after_kill_9_with_committed_data() -> None:
    with open_folder() as folder, running(folder) as (process, state):
        with psycopg.connect(state["database_owner_url"], autocommit=True) as connection:
            connection.execute("create table kept as select 1 as n")
        for name in ("postgres", "valkey"):
            old = state["pids"][name]
            os.kill(old, signal.SIGKILL)
            wait_for(
                lambda name=name, old=old: (  # type: ignore[misc]
                    read_when_written(folder / "services.json", process)["pids"][name] not in (None, old)
                ),
                what=f"another {name}",
            )
        wait_for(lambda: _answers(state["database_url"]), what="the database")
        with psycopg.connect(state["database_owner_url"]) as connection:
            assert connection.execute("select n from kept").fetchone() == (1,)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_cleanly(number: signal.Signals) -> None:
    with open_folder() as folder, running(folder, "--fast") as (process, _state):
        processes = family(process.pid)
        assert len(processes) >= 4  # supervisor, undertaker, PostgreSQL, Valkey
        process.send_signal(number)
        assert process.wait(60) == 0
        assert_all_end(processes)
        assert not (folder / "services" / "postgres" / "postmaster.pid").exists()


def test_kill_9_of_the_supervisor_leaves_no_process_and_the_next_start_works() -> None:
    with open_folder() as folder, running(folder, "--fast") as (process, _state):
        processes = family(process.pid)
        process.kill()
        process.wait(60)
        # The next owner may come at once: the lock is passed on only when all is buried.
        with running(folder, "--fast") as (_second, state):
            assert_all_end(processes)
            assert _answers(state["database_url"])


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_kill_9_of_supervisor_and_undertaker_together_leaves_no_process_either() -> None:
    with open_folder() as folder, running(folder, "--fast") as (process, state):
        processes = family(process.pid)
        services = set(state["pids"].values())
        undertakers = [child for child in processes[1:] if child.ppid() == process.pid and child.pid not in services]
        assert len(undertakers) == 1
        undertakers[0].kill()
        process.kill()
        process.wait(60)
        assert_all_end(processes)


def test_a_server_without_an_owner_is_ended_by_the_next_one() -> None:
    user: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    with open_folder() as folder:
        with running(folder, "--fast"):
            pass
        cluster = folder / "services" / "postgres"
        program = bring_postgres(find_postgres(), folder / "services", service_account(cluster)).postgres
        argv = [str(program), "-D", str(cluster), "-c", f"port={pick()}", "-c", "unix_socket_directories="]
        orphan = subprocess.Popen(argv, cwd="/", stderr=subprocess.DEVNULL, start_new_session=True, **user)
        try:
            wait_for(lambda: "ready" in _text(cluster / "postmaster.pid"), what="the orphan")
            with running(folder, "--fast") as (_process, state):
                assert _answers(state["database_url"])
                assert orphan.wait(60) == 0  # a fast, clean shutdown
        finally:
            orphan.kill()
            orphan.wait()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_a_lock_file_naming_a_stranger_does_not_keep_postgres_down() -> None:
    user: dict[str, Any] = {"user": NOBODY} if os.geteuid() == 0 else {}
    with open_folder() as folder:
        with running(folder, "--fast"):
            pass
        # What a restored backup or a restarted machine leaves: the number now belongs to somebody else.
        stranger = subprocess.Popen(["sleep", "60"], **user)
        try:
            time.sleep(0.1)
            lock = folder / "services" / "postgres" / "postmaster.pid"
            cluster = lock.parent
            lock.write_text(f"{stranger.pid}\n{cluster}\n1600000000\n1\n\n127.0.0.1\n  1 1\nready   \n")
            if user:
                os.chown(lock, NOBODY, NOBODY)
            with running(folder, "--fast") as (_process, state):
                assert _answers(state["database_url"])
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()
