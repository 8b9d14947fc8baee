"""Workers, schedulers and a crowd of members, for tests in which everything is real: processes, commits, HTTP, kill -9."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import redis
from sqlalchemy import text

from app import clock
from app.actor import Actor
from app.extensions import db
from app.models import Campaign, MessageTemplate
from app.services import campaign_states, programmes
from app.transaction import transaction
from jobs import runner
from jobs.count_campaigns import count_campaigns
from jobs.refresh_figures import refresh_figures
from jobs.verify_ledger import verify_ledger
from sandbox import PushTarget, RunningSandbox, Settings, create_sandbox, running
from tests.conftest import CommittedDatabase
from tests.factories.messages import make_campaign, make_message_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "TPL_PROMOTION_DEMO"
FIELDS = {"thing1": "活动名称", "thing2": "活动内容", "time3": "活动时间", "thing4": "温馨提示"}
VALUES = {"thing1": "冬季会员日", "thing2": "{nickname}，满100减20", "time3": "{date}", "thing4": "先到先得"}
PATIENCE_SECONDS = 120.0
SEND = "/cgi-bin/message/subscribe/send"

# More permissions than messages, so that a second send would go through and be seen.
PERMISSIONS = 3
# So many members with OpenID, consent and permissions; account and history as enrolment writes them.
_CROWD = text(
    """
WITH people AS (
    INSERT INTO member (public_id, status, nickname, locale, code_number, code_secret_cipher, marketing_consent,
                        joined_at, joined_channel)
    SELECT gen_random_uuid(), 'active', '会员' || n, 'zh_CN', lpad((:first + n)::text, 9, '0'), '\\x00', true, :now, 'mini'
    FROM generate_series(1, :count) n
    RETURNING id
), accounts AS (
    INSERT INTO member_account (member_id, points_balance, points_owed, points_seq, growth_value, growth_seq, tier_id)
    SELECT p.id, 0, 0, 0, 0, 0, t.id FROM people p, tier t WHERE t.rank = 0
    RETURNING member_id, tier_id
), histories AS (
    INSERT INTO tier_history (member_id, tier_id, starts_at, reason)
    SELECT member_id, tier_id, :now, 'joined' FROM accounts
), identities AS (
    INSERT INTO member_identity (member_id, kind, app_id, value, linked_at)
    SELECT id, 'openid', :app_id, 'o-crowd-' || id, :now FROM people
    RETURNING member_id, value
), grants AS (
    INSERT INTO subscription_grant (member_id, message_template_id, remaining, updated_at)
    SELECT id, :template_id, :permissions, :now FROM people
), entries AS (
    INSERT INTO subscription_grant_entry (member_id, message_template_id, kind, delta, source, recorded_at)
    SELECT id, :template_id, 'event', 1, 'event:crowd:' || n, :now FROM people, generate_series(1, :permissions) n
), consents AS (
    INSERT INTO consent (member_id, purpose, document_version, granted, channel, recorded_at)
    SELECT id, purpose, '2026-11', true, 'mini', :now
    FROM people, unnest(ARRAY['membership', 'marketing']) purpose
)
SELECT value FROM identities
"""
)


class Fleet:
    """Processes of ours, by name; none outlives the block."""

    def __init__(self, database: CommittedDatabase, box: RunningSandbox, folder: Path, **env: str) -> None:
        self._clock_file = folder / "clock.json"
        self._folder = folder
        self._env = {
            **{key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "TZ", "TMPDIR")},
            **database.environment,
            # A suite on every core makes calls arrive unevenly; the limiter is told, and then keeps the rate strictly.
            "SEND_SPREAD_MS": "300",
            "WECHAT_BASE_URL": box.url,
            "LOG_LEVEL": "INFO",
            "DB_POOL_SIZE": "8",
            "TICK_SECONDS": "0.3",
            "HUITOU_CLOCK_FILE": str(self._clock_file),
            **env,
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._redis_url = database.redis_url
        # Calls to lanes of another test's campaigns would only be noise.
        self.flush_redis()
        self.move_clock(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self._running):
            self.kill(name)
        if error is not None:
            for log in sorted(self._folder.glob("*.log")):
                print(f"--- {log.name}\n{log.read_text()[-3000:]}", file=sys.stderr)  # noqa: T201

    def flush_redis(self) -> None:
        """Lose everything Redis holds."""
        with redis.Redis.from_url(self._redis_url) as client:
            client.flushdb()

    def move_clock(self, seconds: int) -> None:
        """Every process sees the clock moved so far from now on."""
        partial = self._clock_file.with_suffix(".new")
        partial.write_text(json.dumps({"offset_seconds": seconds}))
        partial.replace(self._clock_file)

    def start(self, name: str, *, inside: Sequence[str] = (), **env: str) -> None:
        """`worker-1` runs jobs.worker, `scheduler-a` jobs.scheduler; `inside` goes in front of the command."""
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [*inside, sys.executable, "-m", f"jobs.{name.partition('-')[0]}"],
                cwd=ROOT,
                env={**self._env, **env},
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def pid(self, name: str) -> int:
        """Its process id."""
        return self._running[name].pid

    def freeze(self, name: str, *, thaw: bool = False) -> None:
        """SIGSTOP, or SIGCONT to thaw."""
        self._running[name].send_signal(signal.SIGCONT if thaw else signal.SIGSTOP)

    def stop(self, name: str) -> int:
        """Ask politely and wait; the exit code."""
        process = self._running.pop(name)
        process.terminate()
        return process.wait(PATIENCE_SECONDS)

    def log(self, name: str) -> str:
        """What it said so far."""
        return (self._folder / f"{name}.log").read_text()


@contextmanager
def wechat_of(
    database: CommittedDatabase, *, push: PushTarget | None = None, **limits: Any
) -> Iterator[RunningSandbox]:
    """A sandbox that knows this database's app; without sent events unless `limits` say so and `push` says where to."""
    config = database.app.extensions["huitou"].config
    settings = Settings(
        control_key="k", appid=config.wechat_appid, secret=config.wechat_secret, push=push or PushTarget()
    )
    with running(create_sandbox(settings)) as box:
        world = box.app.extensions["sandbox"]
        for name, value in {"sent_events": False, **limits}.items():
            setattr(world.limits, name, value)
        yield box


def gather(
    database: CommittedDatabase,
    box: RunningSandbox,
    *,
    count: int,
    rate: int,
    permissions: int = PERMISSIONS,
    **policy: Any,
) -> tuple[int, list[str]]:
    """Write a crowd reachable by one template, known to the sandbox; returns the template's key and the openids."""
    with database.session(), transaction():
        now = clock.utc_now()
        programme = programmes.get()
        settings = {
            "quiet_from": "00:00",
            "quiet_until": "00:00",
            "sends_per_second": rate,
            "messages_per_day": 100,
            "messages_per_week": 100,
            "messages_per_month": 100,
            **policy,
        }
        for key, value in settings.items():
            setattr(programme, key, value)
        template = make_message_template(wechat_template_id=TEMPLATE, fields=FIELDS)
        app_id = database.app.extensions["huitou"].config.wechat_appid
        bound = {
            "count": count,
            "now": now,
            "app_id": app_id,
            "template_id": template.id,
            "first": 100_000_000,
            "permissions": permissions,
        }
        # A million of them take longer than a request may.
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        openids = list(db.session.scalars(_CROWD, bound))
        template_id = template.id
    world = box.app.extensions["sandbox"]
    for openid in openids:
        world.users.ensure(openid=openid)
    world.grants.grant_all(openids, TEMPLATE, permissions)
    return template_id, openids


def launch(database: CommittedDatabase, template_id: int, **changes: Any) -> int:
    """Schedule a one-off for now; returns its key."""
    with database.session(), transaction():
        now = clock.utc_now()
        template = db.session.get_one(MessageTemplate, template_id)
        campaign = make_campaign(template, now=now, field_values=VALUES, **changes)
        campaign_states.schedule(campaign, actor=Actor.system(), now=now)
        return campaign.id


def do_the_nights_work(database: CommittedDatabase) -> None:
    """What a shop has behind it by day, and a crowd written a moment ago has not: the passes over everybody, the first counts,
    a vacuum."""
    for job in (verify_ledger, refresh_figures, count_campaigns):
        assert runner.run(database.app, job), job
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def states(database: CommittedDatabase, campaign_id: int) -> dict[str, int]:
    """How many deliveries are in each state."""
    with database.session():
        query = text("SELECT state, count(*) FROM delivery WHERE campaign_id = :id GROUP BY state")
        return {row[0]: row[1] for row in db.session.execute(query, {"id": campaign_id})}


def state_of(database: CommittedDatabase, campaign_id: int) -> str:
    """The campaign's state."""
    with database.session():
        return db.session.get_one(Campaign, campaign_id, populate_existing=True).state


def wait_until(condition: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS, what: str) -> None:
    """Ask again and again; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.1)


def sent_twice(box: RunningSandbox) -> list[Mapping[str, Any]]:
    """Pairs of openid and template that got more than one message."""
    return list(box.app.extensions["sandbox"].outbox.counts(least=2)["counts"])


def split(database: CommittedDatabase, template_id: int, weights: list[int], *, first: int | None = None) -> list[int]:
    """Running campaigns of these priorities, each with its own part of the crowd, or of its `first`; returns their keys."""
    keys: list[int] = []
    with database.session(), transaction():
        now = clock.utc_now()
        template = db.session.get_one(MessageTemplate, template_id)
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        for number, weight in enumerate(weights):
            campaign = make_campaign(template, now=now, field_values=VALUES)
            db.session.flush()
            bound = {"id": campaign.id, "weight": weight, "now": now, "part": number, "parts": len(weights)}
            db.session.execute(_BEGIN, bound)
            db.session.execute(_PART, {**bound, "template_id": template_id, "first": first})
            keys.append(campaign.id)
    return keys


_BEGIN = text("UPDATE campaign SET state = 'running', priority = :weight, started_at = :now WHERE id = :id")
_PART = text(
    """
INSERT INTO delivery (campaign_id, occurrence, member_id, state, message_template_id, due_at, attempts, awaiting_event)
SELECT :id, '0', m.id, 'planned', :template_id, :now, 0, false
FROM (SELECT id FROM member ORDER BY id LIMIT :first) m WHERE m.id % :parts = :part
"""
)


def sent_between(database: CommittedDatabase, since: datetime, until: datetime) -> dict[int, int]:
    """Messages per campaign that left in that time."""
    query = text(
        "SELECT campaign_id, count(*) FROM delivery WHERE dispatched_at >= :since AND dispatched_at < :until GROUP BY 1"
    )
    with database.session():
        return {row[0]: row[1] for row in db.session.execute(query, {"since": since, "until": until})}


def fastest_second(box: RunningSandbox) -> int:
    """Most sends the sandbox received in any sliding second."""
    return int(box.app.extensions["sandbox"].calls.rate(SEND, window_ns=1_000_000_000)["max_in_window"])
