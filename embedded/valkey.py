"""One Valkey server that keeps everything in memory: nothing in it may matter, so nothing is written to disk."""

from __future__ import annotations

from pathlib import Path

from embedded.binaries import bring_valkey, find_valkey
from embedded.children import Program
from embedded.files import kept_password, tail
from embedded.ping import ping
from embedded.placement import Placement
from embedded.ports import LOOPBACK

MAX_MEMORY = "256mb"
DATABASES = 64  # one per test worker and to spare


class Valkey:
    """Describe the server and ask whether it answers."""

    def __init__(self, placement: Placement, *, logs: Path) -> None:
        self._placement = placement
        self.log = logs / "valkey.log"
        self._binary = bring_valkey(find_valkey(), placement.home, placement.account)
        self._password = kept_password(placement.home / "valkey.password")

    def program(self, port: int) -> Program:
        """Describe the server. Its settings, with the password, go in through standard input: no file, no `ps`."""
        settings = (
            f"bind {LOOPBACK}",
            f"port {port}",
            f"requirepass {self._password}",
            'save ""',
            "appendonly no",
            f"maxmemory {MAX_MEMORY}",
            "maxmemory-policy noeviction",  # evicting a limiter's key would let messages through
            f"databases {DATABASES}",
            "daemonize no",
            "",
        )
        return Program(
            name="valkey",
            argv=(str(self._binary), "-"),
            cwd=Path("/"),
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            log=self.log,
            account=self._placement.account,
            feed="\n".join(settings).encode(),
            ready=lambda: ping(self.url(port)) == "",
            ready_seconds=30.0,
        )

    def lost_port(self) -> bool:
        """Say whether the last start failed because somebody took the port in between."""
        return "Address already in use" in tail(self.log)

    def url(self, port: int) -> str:
        """Return the URL of database 0."""
        return f"redis://:{self._password}@{LOOPBACK}:{port}/0"
