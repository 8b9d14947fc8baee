"""Writes what was measured as a page a person can read: tables, the machine and its load, bars and whether they are met."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks import machine
from benchmarks.counter_turns import Turns
from benchmarks.operations import Cost
from benchmarks.over_http import Work
from benchmarks.plan import CLIENTS

PATH = Path(__file__).resolve().parent / "RESULTS.md"
# What the product promises: so much of each floor's rate, a batch everybody wants nearly as fast as many, earning and spending
# that do not care for the shop's size.
RATIO_BARS = {"check-in": 0.25, "claim": 0.25, "scan": 0.30, "redeem": 0.20}
HOT_BAR = 0.8
# Both requests from the scan to redeemed, beside a page that does nothing but be there.
PAGE_BAR = 3
GROWTH_BARS = {"earn": 1.3, "spend": 1.3}


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of everything."""

    command: str
    postgres: str
    load_before: machine.Load
    load_after: machine.Load
    seconds: float
    works: dict[str, Work]
    turns: Turns | None
    costs: dict[str, dict[int, Cost]]


def page(run: Run) -> str:
    """The whole page."""
    return "\n".join([*_head(run), *_over_http(run), *_cpu(run), *_sizes(run), ""])


def _head(run: Run) -> list[str]:
    return [
        "# Results",
        "",
        f"Written by `{run.command}`; how to read it: [docs/benchmarks.md](../docs/benchmarks.md). Do not edit.",
        "",
        f"* {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, revision {machine.revision()}, {run.seconds:.0f} s",
        f"* {machine.describe()}",
        f"* {run.postgres}; fsync on",
        f"* Load average (1 / 5 / 15 min) before {run.load_before}, after {run.load_after}",
        "",
    ]


def _over_http(run: Run) -> list[str]:
    lines = [
        "## Over HTTP, beside the same writes in plain SQL",
        "",
        f"{CLIENTS} clients each; per second, median of the rounds (lowest to highest). The ratio is taken round by round;",
        "by CPU it is what the floor spends on a transaction over what we spend on a request, drivers included.",
        "",
        "| work | over HTTP | floor (pgbench) | ratio | ratio by CPU | bar | met | errors |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, work in run.works.items():
        errors = sum(one.errors for one in work.served)
        rate = _spread([one.rate for one in work.served])
        if not work.floors:
            lines.append(f"| {name} | {rate} | | | | | | {errors} |")
            continue
        bar = RATIO_BARS.get(name)
        lines.append(
            f"| {name} | {rate} | {_spread([one.rate for one in work.floors])} | {work.ratio:.2f} | {work.cpu_ratio:.2f} "
            f"| {'' if bar is None else f'≥ {bar}'} | {'' if bar is None else _met(work.ratio >= bar)} | {errors} |"
        )
    return [*lines, "", *_hot(run), *_pages(run)]


def _hot(run: Run) -> list[str]:
    """One batch everybody wants beside many: what waiting for each other costs."""
    hot, many = (run.works.get(name) for name in ("claim", "claim, many batches"))
    if hot is None or many is None:
        return []
    rates = median(one.rate / two.rate for one, two in zip(hot.served, many.served, strict=True))
    cpu = median(
        (two.server_ms + two.database_ms) / (one.server_ms + one.database_ms)
        for one, two in zip(hot.served, many.served, strict=True)
    )
    return [
        f"Claims of one hot batch ÷ claims of many batches: {rates:.2f} (by CPU {cpu:.2f}); bar ≥ {HOT_BAR}, "
        f"met: {_met(rates >= HOT_BAR)}.",
        "",
    ]


def _pages(run: Run) -> list[str]:
    """From the scan to redeemed at the counter's page: two requests beside the page with nobody at it."""
    turns = run.turns
    if turns is None:
        return []
    scan, redeem, shell = (run.works[name].served for name in ("page scan", "page redeem", "page hello"))
    busy = median(
        (one.server_ms + two.server_ms) / hello.server_ms for one, two, hello in zip(scan, redeem, shell, strict=True)
    )
    bar, both = PAGE_BAR * turns.hello_ms + turns.statements_ms, turns.rest_ms + turns.statements_ms
    return [
        f"Scan to redeemed at the page, by the server's own clock, customer after customer: {both:.2f} ms for both requests, of"
        f" which statements {turns.statements_ms:.2f}. Bar: ≤ {PAGE_BAR} × the page with nobody at it ({turns.hello_ms:.2f})"
        f" + statements = {bar:.2f}, met: {_met(both <= bar)}; the rest is {turns.rest_ms / turns.hello_ms:.2f} × that page."
        f" With {CLIENTS} clients at once the web processes spend {busy:.2f} × its CPU on both, their part of the statements"
        " included.",
        "",
    ]


def _cpu(run: Run) -> list[str]:
    lines = [
        "## CPU per request",
        "",
        "Milliseconds from the operating system; steadier than rates on a busy machine.",
        "",
        "| work | web processes | database | both | the floor's database | drivers: ours, pgbench | answer p50 / p99 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, work in run.works.items():
        server = _middle([one.server_ms for one in work.served])
        database = _middle([one.database_ms for one in work.served])
        floors = f"{_middle([one.database_ms for one in work.floors]):.2f}" if work.floors else ""
        client = f"{_middle([one.client_ms for one in work.served]):.2f}"
        client += f", {_middle([one.driver_ms for one in work.floors]):.2f}" if work.floors else ""
        p50, p99 = _middle([one.p50_ms for one in work.served]), _middle([one.p99_ms for one in work.served])
        lines.append(
            f"| {name} | {server:.2f} | {database:.2f} | {server + database:.2f} | {floors} | {client} "
            f"| {p50:.0f} / {p99:.0f} |"
        )
    return [*lines, ""]


def _sizes(run: Run) -> list[str]:
    if not run.costs:
        return []
    sizes = sorted(next(iter(run.costs.values())))
    titles = " | ".join(f"{size:,} members" for size in sizes)
    lines = [
        "## Cost with the size of the shop",
        "",
        "Ten points entries each. CPU milliseconds of program and database together (in brackets: wall clock), medians; expiry",
        f"and review per match, with as many matches at every size. Growth: CPU at {sizes[-1]:,} over CPU at {sizes[0]:,}.",
        "",
        f"| operation | {titles} | growth | bar | met |",
        f"|---|{'---|' * len(sizes)}---|---|---|",
    ]
    for name, by_size in run.costs.items():
        cells = " | ".join(f"{by_size[size].cpu:.2f} ({by_size[size].wall:.2f})" for size in sizes)
        growth, bar = by_size[sizes[-1]].cpu / by_size[sizes[0]].cpu, GROWTH_BARS.get(name)
        told = f"| < {bar} | {_met(growth < bar)} |" if bar else "| | |"
        lines.append(f"| {name} | {cells} | {growth:.2f} {told}")
    return [*lines, ""]


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _spread(values: list[float]) -> str:
    return f"{_middle(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"


def _met(is_met: bool) -> str:
    return "yes" if is_met else "**no**"
