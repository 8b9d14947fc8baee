"""A second host: a network namespace of this machine, joined by a cable that can be pulled. Needs root and iproute2.

The services listen on this host's loopback alone; what the far host may reach is handed on from the cable's near end.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

NEAR, FAR = "10.231.0.1", "10.231.0.2"
CHUNK = 65_536


def why_not() -> str | None:
    """Why there can be no second host here; None where there can."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "a second host is a network namespace: needs root and iproute2"
    made = subprocess.run(["ip", "netns", "add", "huitou-try"], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return f"no network namespace can be made here: {made.stderr.strip()}"
    _ip("netns", "del", "huitou-try")
    return None


@dataclass
class FarHost:
    """Its namespace, and the ports of this host it reaches through the cable: {port here: port there}."""

    name: str
    near_end: str
    ports: dict[int, int] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        """What goes in front of a command that runs there."""
        return ["ip", "netns", "exec", self.name]

    def address(self, url: str) -> str:
        """The URL of a service on this host's loopback, as the far host must call it."""

        def there(match: re.Match[str]) -> str:
            return f"{NEAR}:{self.ports[int(match[1])]}"

        return re.sub(r"(?:127\.0\.0\.1|localhost):(\d+)", there, url)

    def pull_the_cable(self) -> None:
        """Nothing passes any more, and nobody is told."""
        _ip("link", "set", self.near_end, "down")

    def plug_it_in(self) -> None:
        """As before."""
        _ip("link", "set", self.near_end, "up")


@contextmanager
def joined(*ports: int, as_its_own: int) -> Iterator[FarHost]:
    """A far host that reaches these ports of this one, for as long as the block runs; one of them also as its own loopback's."""
    name, near, far = f"huitou-{os.getpid()}", f"hn{os.getpid() % 100_000}", f"hf{os.getpid() % 100_000}"
    with ExitStack() as stack:
        _ip("netns", "add", name)
        stack.callback(_ip, "netns", "del", name)
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        _ip("addr", "add", f"{NEAR}/30", "dev", near)
        _ip("link", "set", near, "up")
        for command in (
            ["addr", "add", f"{FAR}/30", "dev", far],
            ["link", "set", far, "up"],
            ["link", "set", "lo", "up"],
        ):
            _ip("-n", name, *command)
        host = FarHost(name, near)
        for port in ports:
            host.ports[port] = stack.enter_context(_handing_on(port))
        stack.enter_context(_at_its_loopback(host, as_its_own))
        yield host


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


@contextmanager
def _handing_on(port: int) -> Iterator[int]:
    """Listen at the near end for a port of this host's loopback; yields the port to call."""
    listener = socket.create_server((NEAR, 0))
    threading.Thread(target=_serve, args=(listener, ("127.0.0.1", port)), daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()


@contextmanager
def _at_its_loopback(host: FarHost, port: int) -> Iterator[None]:
    """The same port on the far host's loopback: the WeChat client trusts no other address without TLS."""
    argv = [*host.command, sys.executable, "-m", "tests.concurrency.far_host", str(port), str(host.ports[port])]
    with subprocess.Popen(argv) as process:
        try:
            yield
        finally:
            process.kill()


def _serve(listener: socket.socket, to: tuple[str, int]) -> None:
    with suppress(OSError):
        while True:
            caller, _ = listener.accept()
            threading.Thread(target=_connect, args=(caller, to), daemon=True).start()


def _connect(caller: socket.socket, to: tuple[str, int]) -> None:
    try:
        called = socket.create_connection(to)
    except OSError:
        caller.close()
        return
    threading.Thread(target=_pump, args=(called, caller), daemon=True).start()
    _pump(caller, called)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


if __name__ == "__main__":
    _serve(socket.create_server(("127.0.0.1", int(sys.argv[1]))), (NEAR, int(sys.argv[2])))
