"""python -m sandbox [--host 127.0.0.1] [--port 8710] [--state FILE]: serve until Ctrl-C or SIGTERM."""

import argparse
import os
import secrets
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from flask import Flask

from sandbox.application import create_sandbox
from sandbox.clock import SandboxClock, shifted_by
from sandbox.server import RunningSandbox
from sandbox.settings import SandboxRefused, Settings, require_loopback
from sandbox.snapshot import Snapshot


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local WeChat for development and tests.")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8710, help="0 = any free port (default 8710)")
    parser.add_argument(
        "--state",
        type=Path,
        default=os.environ.get("SANDBOX_STATE") or None,
        help="a file that keeps users, grants and templates over a restart",
    )
    chosen = parser.parse_args(arguments)
    try:
        return serve(Settings.from_env(os.environ), host=chosen.host, port=chosen.port, state=chosen.state)
    except SandboxRefused as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2


def serve(settings: Settings, *, host: str, port: int, state: Path | None) -> int:
    """Serve until a signal asks to stop. Without a control key in the environment one is made and printed."""
    require_loopback(host)
    made_key = not settings.control_key
    settings = replace(
        settings,
        control_key=settings.control_key or secrets.token_urlsafe(18),
        boot=settings.boot or int(time.time()),
    )
    clock_file = os.environ.get("HUITOU_CLOCK_FILE", "")
    app = create_sandbox(settings, clock=SandboxClock(shifted_by(Path(clock_file))) if clock_file else None)
    snapshot = Snapshot(app.extensions["sandbox"], state) if state is not None else None
    if snapshot is not None:
        snapshot.load()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    box = _listen(app, host=host, port=port)
    print(f"sandbox: {box.url} (app {settings.appid})", flush=True)
    if made_key:
        print(f"sandbox: control key for this run: {settings.control_key}", flush=True)
    try:
        while not stopping.wait(5.0 if snapshot is not None else None):
            if snapshot is not None:
                snapshot.save()
    finally:
        box.stop()
        if snapshot is not None:
            snapshot.save(last=True)
    return 0


def _listen(app: Flask, *, host: str, port: int) -> RunningSandbox:
    try:
        return RunningSandbox(app, host=host, port=port)
    except (OSError, OverflowError) as error:
        raise SandboxRefused(f"cannot listen on {host}:{port}: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
