"""A Valkey server that a test starts, hangs, kills and starts again on the same port."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from embedded.binaries import find_valkey
from embedded.ports import LOOPBACK, pick


class MortalValkey:
    def __init__(self) -> None:
        self.port = pick()
        self.url = f"redis://{LOOPBACK}:{self.port}/0"
        self._folder = tempfile.TemporaryDirectory(prefix="huitou-valkey-")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._folder.cleanup()

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1)

    def start(self) -> None:
        options = {"port": self.port, "bind": LOOPBACK, "save": "", "dir": self._folder.name}
        argv = [str(find_valkey()), *(word for key, value in options.items() for word in (f"--{key}", str(value)))]
        with Path(self._folder.name, "log").open("ab") as log:
            self._process = subprocess.Popen(argv, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with self.client() as client:
                    client.ping()
                return
            except redis.RedisError:
                time.sleep(0.05)
        raise TimeoutError("Valkey did not start")

    def hang(self) -> None:
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)
            self._process = None

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)
