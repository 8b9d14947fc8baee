"""Ask a Redis or Valkey server whether it answers, in its own protocol: no client library is needed for that."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 5.0


def ping(url: str) -> str:
    """Sign in and ping a redis:// or rediss:// URL. Return "" when it answers, else why not; never raises."""
    parts = urlsplit(url)
    credentials = [unquote(text) for text in (parts.username, parts.password) if text]
    commands = [["AUTH", *credentials]] if credentials else []
    commands.append(["PING"])
    address = (parts.hostname or "127.0.0.1", parts.port or 6379)
    try:
        with closing(_connect(address, tls=parts.scheme == "rediss")) as connection:
            connection.sendall(b"".join(_encode(command) for command in commands))
            reply = b""
            while reply.count(b"\r\n") < len(commands) and (data := connection.recv(512)):
                reply += data
    except OSError as problem:
        return problem.strerror or type(problem).__name__
    lines = reply.decode("utf-8", "replace").splitlines() or ["closed"]
    refused = [line for line in lines if not line.startswith("+")]
    return refused[0] if refused else ""


def _connect(address: tuple[str, int], *, tls: bool) -> socket.socket:
    plain = socket.create_connection(address, timeout=TIMEOUT_SECONDS)
    if not tls:
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=address[0])


def _encode(words: list[str]) -> bytes:
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
