"""A call is stamped when its bytes came, not when we got round to reading them."""

import socket
import sys
import time
from collections.abc import Iterator

import pytest

from sandbox.receipt import StampedReader


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as caller:
        called, _ = server.accept()
        with called:
            yield caller, called


def late_by(line: tuple[socket.socket, socket.socket]) -> float:
    """How late the stamp of a message is that lay for half a second (seconds)."""
    caller, called = line
    reader = StampedReader(called)
    # The kernel begins to stamp a moment after the first socket of the machine has asked for it.
    time.sleep(0.2)
    sent_ns = time.monotonic_ns()
    caller.sendall(b"hello")
    time.sleep(0.5)
    buffer = bytearray(9)
    assert (reader.readinto(buffer), bytes(buffer[:5])) == (5, b"hello")
    received_ns = reader.received_ns
    caller.shutdown(socket.SHUT_WR)
    assert reader.readinto(buffer) == 0
    return (received_ns - sent_ns) / 1e9


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux stamps what a socket receives")
def test_the_kernels_stamp_counts(line: tuple[socket.socket, socket.socket]) -> None:
    assert late_by(line) < 0.25


def test_without_one_the_read_counts(
    line: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "elsewhere")
    assert late_by(line) >= 0.5
