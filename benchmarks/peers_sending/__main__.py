"""`python -m benchmarks.peers_sending --python PEERS_PYTHON`: the same sends through each, figures to benchmarks/PEERS.md."""

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError

import psycopg

from benchmarks import machine
from benchmarks.peers_sending import contenders, crowd, measure, page
from benchmarks.peers_sending.contenders import ROOT, Contender
from benchmarks.place import Place, opened

PAGE = ROOT / "benchmarks" / "PEERS.md"
MEMBERS = 1_000


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers_sending", description=__doc__)
    parser.add_argument(
        "--python", type=_absolute, required=True, help="of the peers' environment (requirements-peers.txt)"
    )
    parser.add_argument("--sends", type=int, default=5_000)
    parser.add_argument("--kill-sends", type=int, default=3_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--only", help="contenders whose name begins so")
    parser.add_argument("--output", type=Path, default=PAGE)
    return parser.parse_args()


def _absolute(path: str) -> Path:
    # The peers run in a folder of their own. Not resolved: a virtual environment is known by its link.
    return Path(path).absolute()


@contextmanager
def endpoint() -> Iterator[str]:
    """The stand-in for WeChat, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.peers_sending.endpoint", str(port)], cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                measure.ask(url, "counts")
                break
            except URLError:
                time.sleep(0.1)
        yield url
    finally:
        server.kill()
        server.wait()


def field(place: Place, given: argparse.Namespace, url: str) -> list[Contender]:
    """Everybody who takes part, with their databases."""
    shop = place.shop("peers_huitou", members=MEMBERS, anew=True)
    crowd.prepare(shop.owner_url)
    with psycopg.connect(place.owner_url, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS peers_queue WITH (FORCE)")
        admin.execute("CREATE DATABASE peers_queue")
    # Whoever owns the server; SQLAlchemy's scheme is not psycopg's.
    queue = place.owner_url.rsplit("/", 1)[0].replace("postgresql+psycopg://", "postgresql://") + "/peers_queue"
    environment = {
        **place.environment(shop.url),
        "WECHAT_BASE_URL": url,
        "TICK_SECONDS": "0.5",
        "DB_POOL_SIZE": "8",
        "LOG_LEVEL": "WARNING",
    }
    ours = contenders.huitou(
        fill=crowd.filler(shop.owner_url, app_id=place.app_id),
        environment=environment,
        in_doubt=crowd.in_doubt(shop.owner_url),
    )
    # A database of its own in the same server: nobody's keys meet.
    redis = place.redis_url.rsplit("/", 1)[0] + "/1"
    everybody = [ours, *contenders.peers(given.python, endpoint=url, redis=redis, database=queue)]
    return [one for one in everybody if one.name.startswith(given.only or "")]


def main() -> int:
    """Measure, then write the page."""
    given = arguments()
    rows = []
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="huitou-peers-", ignore_cleanup_errors=True))
        )
        place = stack.enter_context(opened(folder / "data", tell=print))
        url = stack.enter_context(endpoint())
        before = machine.load()
        for one in field(place, given, url):
            pace = measure.pace(
                one, endpoint=url, sends=given.sends, servers=lambda: machine.cpu_seconds(place.postgres_pid)
            )
            print(one.name, pace, flush=True)
            kills = measure.kills(one, endpoint=url, sends=given.kill_sends, count=given.kills)
            print(one.name, kills, flush=True)
            rows.append((one, pace, kills))
            # Each time: whoever stops in the middle has what was measured.
            given.output.write_text(page.of(rows, before=before, after=machine.load()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
