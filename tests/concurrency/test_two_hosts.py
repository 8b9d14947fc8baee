"""Two hosts, one of them cut off in the middle of a campaign and joined again: everybody once, nobody lost."""

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest

from app import clock
from jobs import volley
from jobs.reap_deliveries import reap_deliveries
from tests.concurrency import far_host, fleet
from tests.concurrency.far_host import FarHost
from tests.concurrency.fleet import Fleet
from tests.concurrency.race import assert_verified
from tests.conftest import CommittedDatabase

RATE, THREADS = 40, 4
# Longer than any call waits for an answer, so that the cut-off host has given up whatever it had begun.
CUT_SECONDS = 14


def port_of(url: str) -> int:
    found = re.search(r":(\d+)(?:/|$)", url)
    assert found is not None
    return int(found[1])


@pytest.mark.timeout(300)
def test_a_host_cut_off_and_joined_again_doubles_nothing_and_loses_nobody(
    committed_db: CommittedDatabase, tmp_path: Path
) -> None:
    reason = far_host.why_not()
    if reason is not None:
        pytest.skip(reason)
    settings = committed_db.environment
    with fleet.wechat_of(committed_db, send_latency_ms=20) as box:
        wechat, ports = port_of(box.url), [port_of(settings[name]) for name in ("DATABASE_URL", "REDIS_URL")]
        with far_host.joined(*ports, wechat, as_its_own=wechat) as far, Fleet(committed_db, box, tmp_path) as ships:
            template_id, openids = fleet.gather(committed_db, box, count=1_600, rate=RATE)
            (campaign_id,) = fleet.split(committed_db, template_id, [5])
            outbox = box.app.extensions["sandbox"].outbox
            ships.start("scheduler-a")
            ships.start("worker-far", inside=far.command, **addresses(far, settings))
            # The far host sends alone at first: it is in the middle of it for certain.
            fleet.wait_until(lambda: outbox.total >= 120, what="the far host's first messages")
            ships.start("worker-near")
            fleet.wait_until(lambda: outbox.total >= 240, what="both at work")
            far.pull_the_cable()
            time.sleep(CUT_SECONDS)
            during = outbox.total
            # What the far host had claimed is free again.
            ships.move_clock(31)
            fleet.wait_until(lambda: outbox.total >= during + 120, what="the near host to go on alone")
            assert outbox.total < len(openids), "the campaign was over before the host came back"
            far.plug_it_in()
            fleet.wait_until(
                lambda: not {"planned", "claimed"} & fleet.states(committed_db, campaign_id).keys(), what="the rest"
            )
            for name in ("worker-near", "worker-far", "scheduler-a"):
                ships.kill(name)
            with committed_db.session():
                reap_deliveries(now=clock.utc_now() + timedelta(minutes=10))
            ended = fleet.states(committed_db, campaign_id)
            assert sum(ended.values()) == len(openids)
            assert ended.keys() <= {"sent", "in_doubt"}
            assert ended.get("in_doubt", 0) <= THREADS * volley.width(RATE) * 2
            assert fleet.sent_twice(box) == []
            assert ended["sent"] <= outbox.total <= len(openids)
            assert fleet.fastest_second(box) <= RATE
            assert_verified(committed_db)


def addresses(far: FarHost, settings: dict[str, str]) -> dict[str, str]:
    """What the far host reaches over the cable, as it must call it."""
    return {name: far.address(settings[name]) for name in ("DATABASE_URL", "REDIS_URL")}
