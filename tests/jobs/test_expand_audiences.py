"""Ranges shrink where the machine is slow, and what was too much is tried again in smaller ones."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import Unavailable
from app.services import audiences, campaign_states
from jobs import expand_audiences as job
from tests.factories.messages import make_campaign, make_message_template, make_reachable


@pytest.mark.parametrize(
    ("chunk_ids", "seconds", "following"),
    [
        (20_000, 0.6, 10_000),
        (900, 9.0, 500),
        (500, 9.0, 500),
        (5_000, 0.3, 5_000),
        (5_000, 0.1, 10_000),
        (15_000, 0.0, 20_000),
    ],
)
def test_the_next_range(chunk_ids: int, seconds: float, following: int) -> None:
    assert job.fitting(chunk_ids, seconds=seconds) == following


@pytest.mark.parametrize("too_much", [10_000, 100])
def test_what_takes_too_long_is_tried_in_smaller_ranges(
    db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch, too_much: int
) -> None:
    template = make_message_template()
    for _ in range(3):
        make_reachable(template)
    campaign = make_campaign(template)
    campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    campaign_states.start_due(now=now)
    real, clock = audiences.expand_next, iter(range(1_000))

    def slow(campaign_id: int, *, chunk_ids: int, **values: Any) -> tuple[int, bool]:
        if chunk_ids > too_much:
            raise Unavailable(retry_after_seconds=2)
        return real(campaign_id, chunk_ids=chunk_ids, **values)

    monkeypatch.setattr(audiences, "expand_next", slow)
    monkeypatch.setattr("jobs.expand_audiences.time.monotonic", lambda: float(next(clock)))
    if too_much < job.SMALLEST:
        with pytest.raises(Unavailable):
            job.expand_audiences(now=now)
    else:
        assert job.expand_audiences(now=now) == {"added": 3}
