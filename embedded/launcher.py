"""Runs the whole product in one folder: services, steps, processes; then looks after them until told to stop."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.children import Program
from embedded.environment import compose, kept_secrets
from embedded.errors import EmbeddedError, start_failed
from embedded.files import read_json, tail, write_json
from embedded.host import Host
from embedded.lifeline import Lifeline, StopRequested
from embedded.lock import FolderLock
from embedded.log_mark import LogMark
from embedded.placement import prepare_folder
from embedded.ports import LOOPBACK, is_free, pick, port_taken
from embedded.probe import answers_ok
from embedded.remote import ROOT
from embedded.supervisor import Supervisor
from embedded.table import PORT_OFFSETS, Table, Task

Report = Callable[[dict[str, Any]], None]
KILL_SECONDS = 10.0
# Where the web processes add up what /metrics tells.
FIGURES = "figures"
STOP_SECONDS = 35.0  # a worker finishes the sends in flight, which it gives 30 s


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line says. `port_base` 0 means any free ports."""

    data: Path
    port_base: int
    table: Table
    clock_file: Path | None = None
    control: bool = False
    durable: bool = True


class Launcher:
    """One running product. Built while holding the folder's lock."""

    def __init__(self, options: Options, folder: Path, *, environ: Mapping[str, str], report: Report) -> None:
        self._options, self._folder, self._report = options, folder, report
        self._ports = _choose_ports(options.port_base)
        self._environ = environ
        self._env: dict[str, str] = {}
        self.supervisor = Supervisor(Lifeline(0 if options.control else None), report=report)
        self._host = Host(folder, self.supervisor, environ, options.durable, self._step)

    def _step(self, zh: str, en: str) -> None:
        self._report({"event": "step", "zh": zh, "en": en})

    def start(self) -> None:
        """Bring everything up and tell where it is. Raises EmbeddedError, StopRequested."""
        self._host.start()
        self._env = self._compose()
        for task in self._options.table.steps:
            self._run_step(task)
        with suppress(FileNotFoundError):
            (self._folder / "demo.json").chmod(0o600)
        for task in self._options.table.processes:
            self.supervisor.begin(self._program(task))
        for task in self._options.table.processes:
            self._step(task.zh, task.en)
            self.supervisor.await_ready(task.name)
        self._report({"event": "ready", **self._write_state()})

    def _compose(self) -> dict[str, str]:
        addresses = {
            "DATABASE_URL": self._host.database_url,
            "REDIS_URL": self._host.redis_url,
            "WECHAT_BASE_URL": self._environ.get("WECHAT_BASE_URL") or self._url("sandbox"),
            "WECHAT_PUSH_URL": f"{self._url('web')}/wechat/push",
            "SANDBOX_STATE": str(self._folder / "sandbox.json"),
            "HUITOU_DEMO_FILE": str(self._folder / "demo.json"),
            "PROMETHEUS_MULTIPROC_DIR": str(self._folder / FIGURES),
        }
        if self._options.clock_file is not None:
            addresses["HUITOU_CLOCK_FILE"] = str(self._options.clock_file.absolute())
        env = compose(self._environ, kept_secrets(self._folder / "secrets.env"), addresses)
        # Only steps that change the schema get the owner's login.
        env.pop("DATABASE_OWNER_URL", None)
        return env

    def _url(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self._ports[name]}"

    def _run_step(self, task: Task) -> None:
        self._step(task.zh, task.en)
        program = self._program(task)
        code = self.supervisor.run_once(program, seconds=task.seconds)
        if code != 0:
            why = f"exit code {code}" if code is not None else f"not done after {task.seconds:.0f} s"
            raise start_failed(task.name, why=why, log=program.log, tail=tail(program.log))

    def _program(self, task: Task) -> Program:
        places = {f"{name}_port": str(port) for name, port in self._ports.items()}
        port = self._ports.get(task.name, 0)
        log = self._folder / "logs" / f"{task.name}.log"
        mark = LogMark(log, task.says)
        return Program(
            name=task.name,
            argv=(sys.executable, *(part.format_map(places) for part in task.argv)),
            cwd=ROOT,
            env=self._env | ({"DATABASE_OWNER_URL": self._host.database_owner_url} if task.as_owner else {}),
            log=log,
            prepare=mark.prepare,
            ready=(lambda: answers_ok(port, task.health)) if task.health else mark.seen,
            ready_seconds=task.seconds,
            stop_seconds=STOP_SECONDS,
        )

    def state(self) -> dict[str, Any]:
        """Return what run.json holds."""
        return {
            "web_url": self._url("web"),
            "sandbox_url": self._url("sandbox"),
            "phone_url": self._url("phone"),
            "database_url": self._host.database_url,
            "database_owner_url": self._host.database_owner_url,
            "redis_url": self._host.redis_url,
            "sandbox_control_key": self._env["SANDBOX_CONTROL_KEY"],
            "launcher_pid": os.getpid(),
            "pids": self.supervisor.pids(),
            "logs": str(self._folder / "logs"),
            "demo_logins": read_json(self._folder / "demo.json", empty=[]),
        }

    def _write_state(self) -> dict[str, Any]:
        state = self.state()
        write_json(self._folder / "run.json", state)
        self._host.write_state()
        return state

    def serve(self) -> None:
        """Look after everything; never returns but by StopRequested."""
        pids = self.supervisor.pids()
        while True:
            for command in self.supervisor.wait():
                self._obey(command)
            if pids != (pids := self.supervisor.pids()):
                self._write_state()

    def _obey(self, command: dict[str, Any]) -> None:
        verb, name = command["do"], command.get("name", "")
        try:
            getattr(self, f"_do_{verb}")(name)
        except EmbeddedError as problem:
            self._report(problem.as_event())
            return
        ready = self.supervisor.is_ready(name) if name else None
        self._report({"event": "reply", "ready": ready, "pids": self.supervisor.pids()})

    def _do_status(self, _name: str) -> None:
        return None

    def _do_start(self, name: str) -> None:
        self.supervisor.resume(name)

    def _do_stop(self, name: str) -> None:
        self.supervisor.stop(name)

    def _do_restart(self, name: str) -> None:
        self.supervisor.stop(name)
        self.supervisor.resume(name)

    def _do_kill(self, name: str) -> None:
        pid = self.supervisor.pids()[name]
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + KILL_SECONDS
        while self.supervisor.pids()[name] == pid and time.monotonic() < deadline:
            time.sleep(0.01)

    def _do_kill_and_hold(self, name: str) -> None:
        self.supervisor.hold(name)
        self._do_kill(name)


def _choose_ports(base: int) -> dict[str, int]:
    if base == 0:
        ports: dict[str, int] = {}
        for name in PORT_OFFSETS:
            port = pick()
            while port in ports.values():
                port = pick()
            ports[name] = port
        return ports
    ports = {name: base + offset for name, offset in PORT_OFFSETS.items()}
    for name, port in ports.items():
        if not is_free(port):
            raise port_taken(port, name=name, base=base)
    return ports


def _forget_state(folder: Path) -> None:
    # Also before a start: what one who was killed left behind must not be taken for ours.
    for name in ("run.json", "services.json"):
        (folder / name).unlink(missing_ok=True)


def run(options: Options, *, report: Report) -> None:
    """Serve until a signal or, with control, until standard input ends. Raises EmbeddedError when it cannot start."""
    os.umask(0o022)  # folders others must pass through; secrets carry their own mode
    if options.control:
        os.set_blocking(1, False)
    folder = prepare_folder(options.data)
    lock = FolderLock(folder)
    (folder / "logs").mkdir(mode=0o700, exist_ok=True)
    # Figures begin anew with each start: files of dead processes would be counted for ever.
    shutil.rmtree(folder / FIGURES, ignore_errors=True)
    (folder / FIGURES).mkdir(mode=0o700)
    _forget_state(folder)
    launcher = Launcher(options, folder, environ=os.environ, report=report)
    try:
        launcher.start()
        launcher.serve()
    except StopRequested:
        report({"event": "stopping"})
    finally:
        launcher.supervisor.stop_all()
        _forget_state(folder)
        lock.release()
        report({"event": "stopped"})
