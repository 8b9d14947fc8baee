"""A worker's memory is that of what it has under way, not that of the campaign."""

from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from app.extensions import db
from app.transaction import transaction
from tests.concurrency import fleet
from tests.concurrency.fleet import Fleet
from tests.conftest import CommittedDatabase

SIZES = (10_000, 1_000_000)
RATE, SENDS = 200, 4_000
GROWTH_BYTES = 10 * 2**20


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_worker_needs_no_more_for_a_million_than_for_ten_thousand(
    committed_db: CommittedDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resident: dict[int, int] = {}
    with fleet.wechat_of(committed_db) as box, Fleet(committed_db, box, tmp_path) as ships:
        outbox = box.app.extensions["sandbox"].outbox
        template_id, _ = fleet.gather(committed_db, box, count=SIZES[-1], rate=RATE, permissions=2)
        for size in SIZES:
            (campaign_id,) = fleet.split(committed_db, template_id, [5], first=size)
            wanted = outbox.total + SENDS
            ships.start("scheduler-a")
            ships.start("worker-1")
            _wait_for(outbox, wanted)
            resident[size] = psutil.Process(ships.pid("worker-1")).memory_info().rss
            assert fleet.states(committed_db, campaign_id)["planned"] >= size // 2
            ships.kill("worker-1")
            ships.kill("scheduler-a")
            with committed_db.session(), transaction():
                db.session.execute(text("UPDATE campaign SET state = 'cancelled' WHERE id = :id"), {"id": campaign_id})
    with capsys.disabled():
        print(f"\nresident MiB by campaign: {_in_mib(resident)}")  # noqa: T201
    assert resident[SIZES[-1]] - resident[SIZES[0]] <= GROWTH_BYTES


def _wait_for(outbox: Any, wanted: int) -> None:
    fleet.wait_until(lambda: outbox.total >= wanted, seconds=600, what=f"{wanted} messages")


def _in_mib(resident: dict[int, int]) -> dict[int, float]:
    return {size: round(rss / 2**20, 1) for size, rss in resident.items()}
