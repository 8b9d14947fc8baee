"""`python -m embedded.launch`: what `make run` executes once the virtual environment exists."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from embedded import table
from embedded.errors import EmbeddedError
from embedded.launcher import Options, run
from embedded.screen import Screen
from embedded.wire import tell_parent


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m embedded.launch", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("var"), help="data folder (default: var)")
    parser.add_argument("--port-base", type=port_base, default=table.DEFAULT_PORT_BASE, help="first port; 0: any free")
    parser.add_argument("--demo-clock", type=Path, help="file that moves the product's clock")
    parser.add_argument("--table", type=Path, help="another process table, as JSON")
    parser.add_argument("--fast", action="store_true", help="for tests: PostgreSQL may lose data in a crash")
    parser.add_argument("--control", action="store_true", help="JSON events out, commands in; end of input means stop")
    return parser.parse_args()


def port_base(text: str) -> int:
    """Accept 0, or a port that leaves room for the others and needs no privilege."""
    number = int(text)
    if number != 0 and not 1024 <= number <= 65535 - max(table.PORT_OFFSETS.values()):
        raise argparse.ArgumentTypeError("0, or 1024 … 65000")
    return number


def main() -> int:
    """Run until told to stop. 0: stopped as asked, 2: refused with a coded message."""
    given = arguments()
    screen = Screen()
    options = Options(
        data=given.data,
        port_base=given.port_base,
        table=table.load(given.table) if given.table else table.PRODUCT,
        clock_file=given.demo_clock,
        control=given.control,
        durable=not given.fast,
    )
    try:
        run(options, report=tell_parent if given.control else screen.show)
    except EmbeddedError as problem:
        if given.control:
            tell_parent(problem.as_event())
        else:
            print(f"\n{problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
