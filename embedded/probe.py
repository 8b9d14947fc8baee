"""Ask a local web server whether it is ready."""

from __future__ import annotations

import http.client

from embedded.ports import LOOPBACK

TIMEOUT_SECONDS = 3.0


def answers_ok(port: int, path: str) -> bool:
    """GET the path; True on 200. Never raises."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
