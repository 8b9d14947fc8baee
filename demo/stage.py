"""Where the story plays: a whole instance of its own, its database, and a clock the story may turn."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from app.commands.seed_demo import DEMO_PASSWORD
from demo.narrator import Narrator, Surprise
from demo.people import Client, Customer, WeChat
from embedded.environment import kept_secrets
from embedded.stack import Stack

SHANGHAI = ZoneInfo("Asia/Shanghai")
PATIENCE_SECONDS = 90
# app/clock.py looks at the file five times a second.
CLOCK_NOTICE_SECONDS = 0.5


class ClockFile:
    """Moves the clock of every process of the instance, the sandbox's too."""

    def __init__(self, path: Path) -> None:
        self.path, self._offset = path, timedelta()

    def now(self) -> datetime:
        """The instance's now."""
        return datetime.now(UTC) + self._offset

    def move_to(self, at: datetime) -> None:
        """Make it `at`; time goes on from there."""
        self._offset = at - datetime.now(UTC)
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps({"offset_seconds": round(self._offset.total_seconds())}))
        temporary.replace(self.path)

    def next_morning(self) -> datetime:
        """Ten o'clock in the shop tomorrow: no quiet hours, whenever the demo is played."""
        tomorrow = self.now().astimezone(SHANGHAI) + timedelta(days=1)
        return tomorrow.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)


@dataclass
class Stage:
    """What every chapter needs."""

    stack: Stack
    clock: ClockFile
    tell: Narrator
    wechat: WeChat

    def sign_in(self, login: str, *, store_code: str | None = None) -> Client:
        """A person of the staff at the counter of a store, or at the console."""
        door = "/api/store/v1" if store_code else "/api/console/v1"
        client = Client(self.stack.web_url + door)
        body = {"login": login, "password": DEMO_PASSWORD} | ({"store_code": store_code} if store_code else {})
        client.token = client.post("/sessions", body)["token"]
        return client

    def customer(self, name: str) -> Customer:
        """A new WeChat user."""
        return Customer(self.stack.web_url, self.wechat, name=name)

    def query(self, statement: str, *values: Any) -> Any:
        """The first column of the first row, straight from the database."""
        with psycopg.connect(self.stack.database_url, autocommit=True) as connection:
            row = connection.execute(statement, values).fetchone()
        return None if row is None else row[0]

    def wait_for(self, what: str, condition: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until the instance got there by itself."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise Surprise(f"waited {seconds:.0f} s in vain: {what}")
            time.sleep(0.2)

    def settle_clock(self) -> None:
        """Give every process the moment it takes to notice that the clock was moved."""
        time.sleep(CLOCK_NOTICE_SECONDS)

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """An operator's command against the instance."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            env=self._environment(),
            cwd=Path(__file__).resolve().parent.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def _environment(self) -> dict[str, str]:
        folder = Path(self.stack.run["logs"]).parent
        return {
            **os.environ,
            **kept_secrets(folder / "secrets.env"),
            "APP_ENV": "development",
            "DATABASE_URL": self.stack.database_url,
            "REDIS_URL": self.stack.redis_url,
            "WECHAT_BASE_URL": self.stack.sandbox_url,
            "HUITOU_CLOCK_FILE": str(self.clock.path),
        }
