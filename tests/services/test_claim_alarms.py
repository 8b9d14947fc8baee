"""The alarm on claim rates: copies per minute that really passed, whoever is late and whoever comes twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app import errors as e
from app.actor import Actor
from app.models import AuditEntry, CouponBatch
from app.services import claim_alarms, coupon_batches, coupons
from jobs.watch_claim_rates import watch_claim_rates
from tests.conftest import Clock
from tests.factories.coupons import give_coupon, make_batch
from tests.factories.members import make_member

MINUTE = timedelta(minutes=1)


def watched(per_minute: int = 2, **options: Any) -> CouponBatch:
    batch = make_batch(stock=100, alarm_per_minute=per_minute, **options)
    # Given before anybody looked: judged by nobody.
    for _ in range(5):
        give_coupon(make_member(), batch=batch)
    return batch


@pytest.mark.parametrize(
    ("copies", "minutes", "sounds"),
    [(2, 1, False), (3, 1, True), (6, 3, False), (7, 3, True), (3, 1.5, False), (4, 1.5, True), (0, 1, False)],
)
def test_copies_by_the_minutes_that_passed(
    db_session: Session, standing_clock: Clock, copies: int, minutes: float, sounds: bool
) -> None:
    batch = watched()
    assert watch_claim_rates(now=standing_clock.now) == {"alarms": 0, "paused": 0}
    for _ in range(copies):
        give_coupon(make_member(), batch=batch, now=standing_clock.move(seconds=1))
    at = standing_clock.move(minutes=minutes, seconds=-copies)
    assert watch_claim_rates(now=at) == {"alarms": int(sounds), "paused": 0}
    assert (batch.alarmed_at, batch.status) == (at if sounds else None, "active")
    # The minute after is a minute of its own.
    assert watch_claim_rates(now=at + MINUTE) == {"alarms": 0, "paused": 0}


def test_a_second_scheduler_a_moment_later_judges_nothing(db_session: Session, now: datetime) -> None:
    batch = watched(alarm_pauses=True)
    watch_claim_rates(now=now)
    give_coupon(make_member(), batch=batch)
    # One copy in a tenth of a second is six hundred a minute.
    assert watch_claim_rates(now=now + timedelta(seconds=0.1)) == {"alarms": 0, "paused": 0}
    assert batch.sampled_at == now
    assert watch_claim_rates(now=now + MINUTE) == {"alarms": 0, "paused": 0}


def test_it_pauses_where_it_was_told_to_and_says_so(db_session: Session, now: datetime) -> None:
    batch, other = watched(alarm_pauses=True), watched(per_minute=50)
    watch_claim_rates(now=now)
    for _ in range(3):
        give_coupon(make_member(), batch=batch)
    with capture_logs() as logs:
        assert watch_claim_rates(now=now + MINUTE) == {"alarms": 1, "paused": 1}
    told = {"batch": str(batch.public_id), "copies": 3, "seconds": 60, "per_minute": 2, "paused": True}
    assert [line for line in logs if line["event"] == "claim_rate_alarm"] == [
        {"event": "claim_rate_alarm", "log_level": "warning", **told}
    ]
    assert (batch.status, batch.alarmed_at, other.status, other.alarmed_at) == ("paused", now + MINUTE, "active", None)
    with pytest.raises(e.BatchNotOpen):
        coupons.claim(make_member().id, batch_public_id=batch.public_id, now=now)
    entry = db_session.scalar(select(AuditEntry).where(AuditEntry.action == "coupon_batch.update"))
    assert entry is not None and (entry.actor_kind, entry.details["after"]) == ("system", {"status": "paused"})


def test_the_first_minute_after_a_pause_is_a_minute(db_session: Session, now: datetime) -> None:
    batch = watched()
    watch_claim_rates(now=now)
    coupon_batches.change(batch.public_id, status="paused", actor=Actor.system(), now=now)
    for minute in range(1, 10):
        watch_claim_rates(now=now + minute * MINUTE)
    coupon_batches.change(batch.public_id, status="active", actor=Actor.system(), now=now)
    for _ in range(3):
        give_coupon(make_member(), batch=batch)
    assert watch_claim_rates(now=now + 10 * MINUTE) == {"alarms": 1, "paused": 0}


def test_only_batches_with_an_alarm_are_watched(db_session: Session, now: datetime) -> None:
    make_batch()
    closed = watched()
    coupon_batches.change(closed.public_id, status="closed", actor=Actor.system(), now=now)
    assert claim_alarms.list_watched() == []


def test_the_gauges(client: FlaskClient, now: datetime) -> None:
    batch = watched()
    assert "huitou_claims_per_minute{" not in client.get("/metrics").text
    watch_claim_rates(now=now - MINUTE)
    for _ in range(3):
        give_coupon(make_member(), batch=batch)
    assert f'huitou_claims_per_minute{{batch="{batch.public_id}"}} 3.0' in client.get("/metrics").text
    watch_claim_rates(now=now)
    text = client.get("/metrics").text
    assert f'huitou_claims_per_minute{{batch="{batch.public_id}"}} 0.0' in text
    stamp = f'huitou_claim_alarm_timestamp_seconds{{batch="{batch.public_id}"}} '
    assert float(text.partition(stamp)[2].split("\n")[0]) == now.timestamp()
