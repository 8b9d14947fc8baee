"""The page of figures."""

from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks import machine
from benchmarks.machine import Load
from benchmarks.peers_sending.contenders import Contender
from benchmarks.peers_sending.measure import WORKERS, Kills, Pace

Row = tuple[Contender, Pace, Kills]

_NOTES = """
## How to read it
* Everybody makes the same HTTP call to the same stand-in, which answers at once; nobody is limited in rate. Two worker processes
  each. *Per core*: sends by CPU seconds of the workers, of what must run beside them and of PostgreSQL; Valkey's and the
  stand-in's are left out for all. Wall time on a shared machine says little; the ratio of one run says more.
* Huitou does more for each message: it reads consent, permission, caps and quiet hours again, takes permission and caps in the
  transaction that commits the intent, and writes the outcome and a link of its own. A queue only hands out a name.
* *Lost*: had not arrived after a minute (RQ: two) without any arrival, longer than it takes a dead worker's task to be given to
  another, and nobody says so. *Doubled*: arrivals beyond the first. *In doubt*: Huitou names them itself; it
  never sends them again, WeChat's event or a person settles them (here no event comes).
* A queue that acknowledges before the work loses what a killed worker held; one that acknowledges after it sends twice what had
  been sent and not acknowledged. WeChat's call has no idempotency key, so there is no third way but to write down the doubt.
* Kills fall between two arrivals as often as not: with a stand-in that answers at once the window of a double is a few
  milliseconds. A count of nought for a peer is luck, not a promise; its documents promise at-least-once.
"""


def of(rows: Sequence[Row], *, before: Load, after: Load) -> str:
    """Markdown."""
    lines = [
        "# Sending beside task queues",
        "",
        "`make bench-peers` writes this page. Versions: benchmarks/requirements-peers.txt.",
        "",
        f"{machine.describe()}  ",
        f"revision {machine.revision()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load average before {before}, after {after}",
        "",
        "| | settings | sends | seconds | per second | CPU ms a send: workers | PostgreSQL | per core | MB a worker |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one, pace, _ in rows:
        cpu = pace.worker_cpu + pace.server_cpu
        lines.append(
            f"| {one.name} | {one.settings} | {pace.sends:,} | {pace.seconds:.1f} | {pace.sends / pace.seconds:.0f}"
            f" | {pace.worker_cpu / pace.sends * 1000:.2f} | {pace.server_cpu / pace.sends * 1000:.2f}"
            f" | {pace.sends / cpu:.0f} | {pace.megabytes:.0f} |"
        )
    lines += [
        "",
        f"Kills: kill -9 of one of {WORKERS} workers at random, another started in its place.",
        "",
        "| | sends | kills | lost | doubled | in doubt | of these arrived |",
        "|---|---|---|---|---|---|---|",
    ]
    for one, _, kills in rows:
        lines.append(
            f"| {one.name} | {kills.sends:,} | {kills.kills} | {kills.lost} | {kills.doubled} | {kills.in_doubt}"
            f" | {kills.in_doubt_arrived} |"
        )
    return "\n".join(lines) + "\n" + _NOTES
