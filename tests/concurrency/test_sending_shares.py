"""Several campaigns at once share the account's rate by priority, and never send faster together than one alone.

The long forms (`make chaos-rates`) print their figures; they want a machine that does nothing else."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from app import clock
from tests.concurrency import fleet
from tests.concurrency.fleet import Fleet
from tests.conftest import CommittedDatabase

WEIGHTS = [1, 2, 3, 5, 9]


def test_five_campaigns_get_their_shares_and_the_rest_take_over(
    committed_db: CommittedDatabase, tmp_path: Path
) -> None:
    with fleet.wechat_of(committed_db) as box, Fleet(committed_db, box, tmp_path) as ships:
        template_id, openids = fleet.gather(committed_db, box, count=600, rate=40)
        campaigns = fleet.split(committed_db, template_id, WEIGHTS)
        for name in ("scheduler-a", "worker-1", "worker-2"):
            ships.start(name)
        outbox = box.app.extensions["sandbox"].outbox
        fleet.wait_until(lambda: outbox.total >= 40, what="the beginning")
        since, began = clock.utc_now(), outbox.total
        # The heaviest has 120 messages: so many of all that it cannot run dry.
        fleet.wait_until(lambda: outbox.total >= began + 140, what="a while")
        got = fleet.sent_between(committed_db, since, clock.utc_now())
        total = sum(got.values())
        for campaign_id, weight in zip(campaigns, WEIGHTS, strict=True):
            assert abs(got[campaign_id] / total - weight / sum(WEIGHTS)) <= 0.05
        # Whoever has run dry leaves its share to the others.
        fleet.wait_until(lambda: outbox.total >= len(openids), what="everybody")
        assert fleet.sent_twice(box) == []
        assert fleet.fastest_second(box) <= 40


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("parts", [[5], WEIGHTS], ids=["one", "five"])
@pytest.mark.parametrize("workers", [1, 4, 8])
@pytest.mark.parametrize("rate", [10, 100, 500])
def test_rates_over_a_minute(  # noqa: PLR0917  a table of cases
    committed_db: CommittedDatabase,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rate: int,
    workers: int,
    parts: list[int],
) -> None:
    seconds = 60
    # Enough that the heaviest does not run dry.
    count = int(rate * (seconds + 20) * (max(parts) / sum(parts)) * len(parts))
    with (
        fleet.wechat_of(committed_db) as box,
        Fleet(committed_db, box, tmp_path, SEND_SPREAD_MS="20") as ships,
    ):
        template_id, _ = fleet.gather(committed_db, box, count=count, rate=rate)
        campaigns = fleet.split(committed_db, template_id, parts)
        for name in ("scheduler-a", *(f"worker-{number}" for number in range(workers))):
            ships.start(name)
        outbox = box.app.extensions["sandbox"].outbox
        fleet.wait_until(lambda: outbox.total >= 3 * rate, what="the beginning")
        since, began, at = clock.utc_now(), outbox.total, time.monotonic()
        time.sleep(seconds)
        sent, took = outbox.total - began, time.monotonic() - at
        got = fleet.sent_between(committed_db, since, since + timedelta(seconds=seconds))
        shares = [
            got.get(one, 0) / max(1, sum(got.values())) * sum(parts) / weight
            for one, weight in zip(campaigns, parts, strict=True)
        ]
        with capsys.disabled():
            print(  # noqa: T201
                f"\nR={rate} workers={workers} campaigns={len(parts)}: {sent / took:.1f}/s = {sent / took / rate:.1%}, "
                f"fastest second {fleet.fastest_second(box)}, shares/weights {[round(one, 3) for one in shares]}"
            )
        assert fleet.fastest_second(box) <= rate
        assert sent / took >= 0.97 * rate
        assert all(0.95 <= one <= 1.05 for one in shares)
