"""The launcher with stand-ins for the product's processes: what starts, what comes back, what is left."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import pytest

from config import Config
from embedded.errors import StartFailed
from embedded.log_mark import LogMark
from embedded.stack import Stack
from embedded.table import PRODUCT, Table, Task, dump
from tests.embedded.machinery import (
    ROOT,
    assert_all_end,
    bare_environment,
    family,
    foreground,
    open_folder,
    read_when_written,
    wait_for,
)

STANDIN = str(Path(__file__).with_name("standin.py"))
NOT_OURS = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "VAULT_KEYS", "WECHAT_BASE_URL", "APP_ENV"))


def task(name: str, *argv: str, health: str = "", says: str = "") -> Task:
    return Task(name=name, zh=name, en=name, argv=(STANDIN, *argv), health=health, says=says, seconds=60.0)


STANDINS = Table(
    steps=(
        task("migrate", "environment"),
        replace(task("grant-role", "environment"), as_owner=True),
        task("seed-demo", "demo"),
    ),
    processes=(
        task("sandbox", "web", "{sandbox_port}", health="/__sandbox/health"),
        task("web", "web", "{web_port}", health="/health/ready"),
        task("worker", "idle", says="standin_started"),
    ),
)


@contextmanager
def stacked(folder: Path, *, table: Table = STANDINS) -> Iterator[Stack]:
    dump(table, folder / "table.json")
    with Stack(folder / "data", env=NOT_OURS, durable=False, table=folder / "table.json") as stack:
        yield stack


def status(url: str) -> int:
    with urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
        return int(answer.status)


def test_everything_starts_with_one_environment_and_is_written_down() -> None:
    with open_folder() as parent:
        data = parent / "data"
        with stacked(parent) as stack:
            assert (status(stack.web_url), status(stack.sandbox_url)) == (200, 200)
            assert set(stack.run["pids"]) == {"postgres", "valkey", "sandbox", "web", "worker"}
            assert stack.demo_logins == [{"label": "店员 / clerk", "login": "clerk", "password": "demo"}]
            written = json.loads((data / "run.json").read_text(encoding="utf-8"))
            assert written["sandbox_control_key"] == stack.sandbox_control_key != ""
            for name in ("run.json", "services.json", "secrets.env", "demo.json"):
                assert (data / name).stat().st_mode & 0o077 == 0, name
            seen = json.loads((data / "logs" / "migrate.log").read_text(encoding="utf-8"))
            assert (seen["DATABASE_URL"], seen["REDIS_URL"]) == (stack.database_url, stack.redis_url)
            # The owner's login goes to the steps that change the schema, to nothing else.
            assert "DATABASE_OWNER_URL" not in seen
            granted = json.loads((data / "logs" / "grant-role.log").read_text(encoding="utf-8"))
            assert granted["DATABASE_OWNER_URL"] == stack.database_owner_url != stack.database_url
            assert seen["WECHAT_BASE_URL"] == stack.sandbox_url
            config = Config.from_env(seen)
            assert (config.app_env, config.wechat_appid) == ("development", "wxhuitoudemo000001")
            processes = family(stack.launcher_pid)
        assert_all_end(processes)
        assert not (data / "run.json").exists()
        secrets = (data / "secrets.env").read_text(encoding="utf-8")
        with stacked(parent) as again:
            assert again.database_url == stack.database_url
        assert (data / "secrets.env").read_text(encoding="utf-8") == secrets


def test_what_dies_comes_back_and_leaves_no_helpers_of_its_group() -> None:
    with open_folder() as parent, stacked(parent) as stack:
        old = stack.pid("web")
        assert old is not None
        helpers = psutil.Process(old).children()
        assert helpers
        stack.kill("web")
        assert_all_end(helpers)
        stack.wait_ready("web")
        assert stack.pid("web") not in (None, old)
        assert status(stack.web_url) == 200
        assert [event["event"] for event in stack.events if event["name"] == "web"] == ["died", "restarted"]


def test_parts_are_held_down_started_and_restarted_at_command() -> None:
    with open_folder() as parent, stacked(parent) as stack:
        stack.kill("worker", restart=False)
        stack.kill("postgres")  # gives the supervisor time to bring the worker back by mistake
        stack.wait_ready("postgres")
        assert stack.pid("worker") is None
        stack.start("worker")
        first = stack.pid("worker")
        assert first is not None
        stack.restart("worker")
        assert stack.pid("worker") not in (None, first)
        stack.stop("sandbox")
        with pytest.raises(OSError, match="refused"):
            status(stack.sandbox_url)
        with pytest.raises(KeyError):
            stack.pid("nothing")


def test_a_process_without_a_port_is_ready_when_this_life_said_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    log.write_text("worker_started\n")
    mark = LogMark(log, "worker_started")
    mark.prepare()
    assert not mark.seen()
    log.write_text("w")  # moved away, begun anew
    assert not mark.seen()
    log.write_text("worker_started\n")
    assert mark.seen()
    mark.prepare()
    monkeypatch.setattr("embedded.log_mark.BELIEF_SECONDS", -1.0)
    assert mark.seen()


def test_a_process_that_dies_at_once_is_no_product() -> None:
    dying = Table(processes=(task("worker", "fail", says="worker_started"),))
    refused = pytest.raises(StartFailed, match=r"(?s)worker.*the reason it failed")
    with open_folder() as parent, refused, stacked(parent, table=dying):
        pytest.fail("ready with a dead worker")


def test_a_step_that_fails_shows_its_log_and_stops_the_rest() -> None:
    with open_folder() as parent:
        failing = Table(steps=(task("migrate", "fail"),), processes=STANDINS.processes)
        with pytest.raises(StartFailed, match=r"(?s)migrate.*the reason it failed"), stacked(parent, table=failing):
            pytest.fail("started after a failed step")
        assert [process for process in psutil.process_iter() if _works_in(process, parent)] == []


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return any(str(folder) in part for part in process.cmdline())
    except psutil.Error:
        return False


def launched(parent: Path, *options: str, **popen: Any) -> Any:
    dump(STANDINS, parent / "table.json")
    given = ("--data", str(parent / "data"), "--table", str(parent / "table.json"), "--fast", *options)
    return foreground(*given, module="embedded.launch", **popen)


def test_kill_9_of_the_launcher_leaves_no_process() -> None:
    with open_folder() as parent, launched(parent, "--port-base", "0") as process:
        read_when_written(parent / "data" / "run.json", process)
        processes = family(process.pid)
        assert len(processes) >= 10  # launcher, undertaker, two services, three stand-ins with a helper each
        process.kill()
        assert_all_end(processes)


def test_the_screen_names_every_address_and_login_and_ctrl_c_ends_it_well() -> None:
    with open_folder() as parent, launched(parent, "--port-base", "0") as process:
        state = read_when_written(parent / "data" / "run.json", process)
        processes = family(process.pid)
        process.send_signal(signal.SIGINT)
        shown, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert_all_end(processes)
        addresses = (
            f"{state['web_url']}/docs",
            f"{state['web_url']}/metrics",
            state["phone_url"],
            state["sandbox_url"],
        )
        for part in (*addresses, "clerk", "demo"):
            assert part in shown


def test_a_terminal_that_hangs_up_ends_it_too() -> None:
    # The session's leader takes the terminal as its own, then becomes the launcher.
    own = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, sys.argv[1:])"
    with open_folder() as parent:
        dump(STANDINS, parent / "table.json")
        terminal, inside = os.openpty()
        launch = [sys.executable, "-m", "embedded.launch", "--data", str(parent / "data"), "--port-base", "0"]
        launch += ["--table", str(parent / "table.json"), "--fast"]
        process = subprocess.Popen(
            [sys.executable, "-c", own, *launch],
            cwd=ROOT,
            env=bare_environment(PYTHONUTF8="1"),
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)
        wait_for((parent / "data" / "run.json").exists, what="the ready screen")
        processes = family(process.pid)
        os.close(terminal)
        assert process.wait(60) == 0
        assert_all_end(processes)


def test_a_taken_port_is_named_with_the_switch_that_moves_it() -> None:
    with open_folder() as parent, socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with launched(parent, "--port-base", str(port)) as process:
            shown, _ = process.communicate(timeout=60)
        assert process.returncode == 2
        assert f"端口 {port}" in shown
        assert f"PORT_BASE={port + 100}" in shown
        assert not (parent / "data" / "services").exists()


def test_the_procfile_runs_the_same_processes() -> None:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    named = dict(line.split(": ", 1) for line in lines)
    places = {"web_port": "$PORT", "sandbox_port": "$SANDBOX_PORT", "phone_port": "$PHONE_PORT"}
    table = {task.name: " ".join(["python", *task.argv]).format_map(places) for task in PRODUCT.processes}
    assert named == table


def test_only_what_changes_the_schema_runs_as_the_owner() -> None:
    tasks = (*PRODUCT.steps, *PRODUCT.processes)
    assert [task.name for task in tasks if task.as_owner] == ["migrate", "grant-role"]
