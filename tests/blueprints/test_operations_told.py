"""Leader, ticks, backlog and dead letters, to Prometheus and to whoever watches this machine."""

from datetime import datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.extensions import db
from app.gateways.leader_lock import LeaderLock
from app.services import job_runs
from app.wiring import parts
from tests.factories.messages import delivery_of, make_message_template, make_reachable, make_running


def test_they_are_told(client: FlaskClient, db_session: Session, now: datetime) -> None:
    at = clock.utc_now()
    for ok, ago in ((False, timedelta(days=2)), (False, timedelta(hours=1)), (True, timedelta(seconds=90))):
        job_runs.record(
            "wake_lanes",
            started_at=at - ago,
            finished_at=at - ago,
            ok=ok,
            counts={},
            error=None if ok else "ValueError at x.py:1",
        )
    template = make_message_template()
    members = [make_reachable(template) for _ in range(4)]
    campaign = make_running(template)
    for member, state in zip(members, ("planned", "in_doubt", "failed", "failed"), strict=True):
        row = delivery_of(campaign, member)
        row.state, row.dispatched_at = state, now
    db.session.flush()
    told = client.get("/health/details").json
    assert told["backlog"]["due"] == 1
    assert (told["backlog"]["in_doubt"], told["backlog"]["failed"]) == (1, 2)
    assert told["backlog"]["oldest_due_at"] is not None
    [job] = told["jobs"]
    assert (job["job"], job["ok"], job["failures"]) == ("wake_lanes", True, 1)
    text = client.get("/metrics").text
    for line in ("huitou_deliveries_due 1.0", "huitou_deliveries_in_doubt 1.0", "huitou_deliveries_failed 2.0"):
        assert line in text
    assert 'huitou_job_failures{job="wake_lanes"} 1.0' in text
    assert 'huitou_job_age_seconds{job="wake_lanes"} 9' in text
    assert "huitou_deliveries_lag_seconds " in text


def test_the_leader_has_a_name(client: FlaskClient, db_session: Session) -> None:
    assert client.get("/health/details").json["leader"] is None
    lock = LeaderLock(parts().config.database_url, "scheduler")
    assert lock.is_leader()
    # All of a test is one transaction, which would keep the sessions it saw first.
    db.session.execute(select(func.pg_stat_clear_snapshot()))
    told = client.get("/health/details").json
    assert told["leader"].startswith("huitou-leader@")
    assert told["leader_since"] is not None
    assert f'huitou_leader_seconds{{leader="{told["leader"]}"}}' in client.get("/metrics").text
    lock.release()


def test_strangers_are_told_nothing(client: FlaskClient) -> None:
    for address, headers in (("10.0.0.7", {}), ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"})):
        answer = client.get("/health/details", headers=headers, environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == 403
