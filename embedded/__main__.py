"""`python -m embedded --data DIR`: both services in the foreground until a signal; DIR/services.json has the URLs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from embedded.errors import EmbeddedError, UnsupportedMachine
from embedded.wire import tell_parent


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="data folder")
    parser.add_argument("--fast", action="store_true", help="for tests: PostgreSQL may lose data in a crash")
    parser.add_argument("--control", action="store_true", help="JSON events out, end of input means stop")
    return parser.parse_args()


def tell_people(event: dict[str, Any]) -> None:
    """Print an event as a plain line."""
    if event["event"] == "step":
        print(f"· {event['zh']} / {event['en']}", flush=True)
    elif event["event"] == "ready":
        print("✓ 就绪 / ready: services.json", flush=True)
    else:
        print(f"! {json.dumps(event, ensure_ascii=False)}", flush=True)


def main() -> int:
    """Run until told to stop. 0: stopped as asked, 2: refused with a coded message."""
    options = arguments()
    report = tell_parent if options.control else tell_people
    try:
        if sys.platform == "win32":
            raise UnsupportedMachine("请在 WSL2 中运行", "Please run this inside WSL2.")
        from embedded.foreground import run

        run(options.data, durable=not options.fast, control=options.control, report=report)
    except EmbeddedError as problem:
        if options.control:
            tell_parent(problem.as_event())
        else:
            print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
