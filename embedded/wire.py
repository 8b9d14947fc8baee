"""Events from a supervisor to the process that started it: one JSON line each on standard output."""

from __future__ import annotations

import json
import os
import select
from contextlib import suppress
from typing import Any

OUTPUT = 1
PATIENCE_SECONDS = 5.0
NEWS = ("died", "restarted", "restart_failed")  # dropped when the parent does not read; the rest is waited for


def tell_parent(event: dict[str, Any]) -> None:
    """Write one event. A parent who never reads, or has gone, must not stop us."""
    data = json.dumps(event, ensure_ascii=False).encode() + b"\n"
    patience = 0.0 if event["event"] in NEWS else PATIENCE_SECONDS
    with suppress(BrokenPipeError):
        while data and select.select([], [OUTPUT], [], patience)[1]:
            data = data[os.write(OUTPUT, data) :]
