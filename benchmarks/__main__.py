"""`python -m benchmarks`: everything measured in one run, results to benchmarks/RESULTS.md. `fill` only makes the shops."""

import argparse
import shlex
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psycopg

from benchmarks import expansion, machine, operations, over_http, results
from benchmarks.counter_turns import Turns
from benchmarks.place import Place, Shop, dropped, opened
from benchmarks.plan import WORKS, Plan

SIZES = (10_000, 100_000, 1_000_000)
SHORT_SIZES = (1_000, 2_000)
SHORT_AUDIENCE = 50_000
EXPANSION = results.PATH.with_name("EXPANSION.md")
LONG = Plan(rounds=3, calls=2_000, bills=1_200, hellos=4_000, floor_transactions=400, turns=400)
SHORT = Plan(rounds=1, calls=64, bills=60, hellos=100, floor_transactions=20, turns=10)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("all", "http", "sizes", "fill", "expansion"), default="all")
    parser.add_argument("--data", type=Path, help="folder of the services, kept (default: a temporary one)")
    parser.add_argument("--sizes", type=sizes, help=f"members, by comma (default: {','.join(map(str, SIZES))})")
    parser.add_argument("--works", type=works, help=f"of http, by semicolon (default: {';'.join(WORKS)})")
    parser.add_argument("--short", action="store_true", help="see that it works: tiny, its figures mean nothing")
    parser.add_argument("--output", type=Path, help="where the page goes (default: beside the code)")
    return parser.parse_args()


def sizes(text: str) -> tuple[int, ...]:
    """`10000,1000000`, smallest first; a shop has at least a thousand members."""
    found = tuple(sorted(int(part) for part in text.replace(" ", "").split(",") if part))
    if not found or found[0] < 1_000:
        raise argparse.ArgumentTypeError("whole numbers of members from 1000 on, by comma")
    return found


def works(text: str) -> tuple[str, ...]:
    """`claim;scan`: some of what is measured over HTTP."""
    found = tuple(part.strip() for part in text.split(";") if part.strip())
    if not found or set(found) - set(WORKS):
        raise argparse.ArgumentTypeError(f"some of {'; '.join(WORKS)}")
    return found


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, flush=True)


def main() -> int:
    """Fill what is missing, measure, write the page."""
    given = arguments()
    given.output = given.output or (EXPANSION if given.what == "expansion" else results.PATH)
    wanted = given.sizes or (SHORT_SIZES if given.short else SIZES)
    began, before = time.monotonic(), machine.load()
    with ExitStack() as stack:
        folder = given.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huitou-bench-")))
        if given.what in ("all", "sizes", "fill"):
            with opened(folder, durable=False, tell=say) as place:
                fill(place, wanted)
        if given.what == "fill":
            return 0
        place = stack.enter_context(opened(folder, tell=say))
        if given.what == "expansion":
            return expand(place, given)
        plan = replace(SHORT if given.short else LONG, works=given.works or WORKS)
        measured, turns = http(place, plan) if given.what in ("all", "http") else ({}, None)
        costs = {}
        if given.what in ("all", "sizes"):
            say("· 各规模的开销 / cost by size")
            shops = [fill_one(place, members) for members in wanted]
            calls, rounds = (20, 1) if given.short else (150, 3)
            costs = operations.measure(place, shops, calls=calls, rounds=rounds)
        run = results.Run(
            command=_command(given),
            postgres=_postgres(place),
            load_before=before,
            load_after=machine.load(),
            seconds=time.monotonic() - began,
            works=measured,
            turns=turns,
            costs=costs,
        )
    page = results.page(run)
    given.output.write_text(page, encoding="utf-8")
    say("\n" + page)
    return 0


def fill(place: Place, wanted: tuple[int, ...]) -> None:
    """Make the shops that are not there yet."""
    for members in wanted:
        say(f"· {members:,} 名会员 / members")
        fill_one(place, members)


def expand(place: Place, given: argparse.Namespace) -> int:
    """An audience beside a plain INSERT, on a shop of people only."""
    members = given.sizes[-1] if given.sizes else SHORT_AUDIENCE if given.short else SIZES[-1]
    found = expansion.measure(place, members=members, rounds=1 if given.short else expansion.ROUNDS, say=say)
    page = expansion.page(found, members=members, command=_command(given))
    given.output.write_text(page, encoding="utf-8")
    say("\n" + page)
    return 0


def fill_one(place: Place, members: int) -> Shop:
    """The shop of that many members."""
    return place.shop(f"bench_{members}", members=members)


def http(place: Place, plan: Plan) -> tuple[dict[str, over_http.Work], Turns | None]:
    """Measure over HTTP on a shop made for it: everything that can be done once needs members of its own."""
    say(f"· {plan.members:,} 名会员 / members")
    shop = place.shop("bench_http", members=plan.members, rolling=False, anew=True)
    say("· 经 HTTP 与下限对照 / over HTTP beside the floor")
    measured = over_http.measure(place, shop, plan, say=say)
    dropped(place, "bench_http")
    return measured


def _command(given: argparse.Namespace) -> str:
    everything = given.what == "all" and not given.short and given.sizes is None
    return "make bench" if everything else shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])


def _postgres(place: Place) -> str:
    with psycopg.connect(place.owner_url) as connection:
        row = connection.execute("SELECT version()").fetchone()
    return str(row[0]).split(" on ")[0] if row else "?"


if __name__ == "__main__":
    raise SystemExit(main())
