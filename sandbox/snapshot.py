"""A file that carries users, grants, templates and the clock over a restart. Codes, tokens and logs do not last."""

import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from sandbox.control import templates
from sandbox.control.parsing import BadControl
from sandbox.settings import SandboxRefused
from sandbox.users import User
from sandbox.world import World

VERSION = 1
PAUSE_FACTOR = 50  # at most a fiftieth of the time goes into saving


class Snapshot:
    """Writes only when something changed, and always a whole file or none."""

    def __init__(self, world: World, path: Path) -> None:
        self._world, self._path = world, path
        self._written = ""
        self._not_before = 0.0

    def load(self) -> None:
        """Bring back what the file holds; raise SandboxRefused when it is not a file of ours."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        except OSError as error:
            raise SandboxRefused(f"cannot read the state in {self._path}: {error.strerror}") from error
        try:
            self._restore(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError, BadControl) as error:
            raise SandboxRefused(f"cannot read the state in {self._path}: {type(error).__name__}") from error
        self._written = text

    def save(self, *, last: bool = False) -> None:
        """Write what changed; skipped now and then while the state is large, unless it is the `last` time."""
        started = time.monotonic()
        if started < self._not_before and not last:
            return
        text = json.dumps(self._state(), ensure_ascii=True)
        if text != self._written:
            try:
                self._write(text)
            except OSError as error:
                print(f"sandbox: cannot keep the state in {self._path}: {error.strerror}", file=sys.stderr, flush=True)
        self._not_before = time.monotonic() + (time.monotonic() - started) * PAUSE_FACTOR

    def _write(self, text: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(self._path)
        self._written = text

    def _state(self) -> dict[str, Any]:
        world = self._world
        counts, off = world.grants.dump()
        users, _ = world.users.page(after=0, limit=len(world.users))
        return {
            "version": VERSION,
            "appid": world.settings.appid,
            "clock_offset": round(world.clock.offset),
            "users": [asdict(user) for user in users],
            "templates": [templates.as_json(template) for template in world.templates.all()],
            "grants": counts,
            "off": off,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        world = self._world
        if state["version"] != VERSION or state["appid"] != world.settings.appid:
            raise ValueError("another version or another app")
        known = {item.name for item in fields(User)}
        for parts in state["users"]:
            world.users.restore(User(**{name: value for name, value in parts.items() if name in known}))
        world.templates.replace_all([templates.from_json(parts) for parts in state["templates"]])
        for template_id, counts in state["grants"].items():
            for openid, count in counts.items():
                world.grants.set(openid, template_id, int(count))
        for openid, template_id in state["off"]:
            world.grants.switch_off(openid, template_id)
        if state["clock_offset"]:
            world.clock.advance(state["clock_offset"])
