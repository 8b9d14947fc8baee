"""When bytes arrived: by the kernel's own stamp where it gives one, for a busy machine may wake their reader much later.

A rate is measured by these stamps, and a caller is not to blame for how late we look."""

import io
import socket
import struct
import sys
import time
from typing import Any, Final

# Linux's SO_TIMESTAMPNS, for which Python has no name: each read comes with the time of its last segment (socket(7)).
_TIMESTAMPS: Final = 35
_SECONDS_AND_NANOSECONDS: Final = struct.Struct("qq")
_ROOM: Final = 64


class StampedReader(io.RawIOBase):
    """A socket's bytes; `received_ns` is when the last read's had arrived, on time.monotonic_ns()'s clock."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._is_stamped = sys.platform == "linux"
        if self._is_stamped:
            try:
                connection.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
            except OSError:
                self._is_stamped = False
        self.received_ns = time.monotonic_ns()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._is_stamped:
            size = self._connection.recv_into(buffer)
            self.received_ns = time.monotonic_ns()
            return size
        size, told, _, _ = self._connection.recvmsg_into([buffer], _ROOM)
        late_ns = 0
        for level, kind, data in told:
            if (level, kind, len(data)) == (socket.SOL_SOCKET, _TIMESTAMPS, _SECONDS_AND_NANOSECONDS.size):
                seconds, nanoseconds = _SECONDS_AND_NANOSECONDS.unpack(data)
                late_ns = max(0, time.time_ns() - (seconds * 10**9 + nanoseconds))
        self.received_ns = time.monotonic_ns() - late_ns
        return size
