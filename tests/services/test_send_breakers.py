"""Breakers: at once for what is banned, after forty in a row for what is refused as written, one probe at a time."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import NotFound
from app.models import AuditEntry
from app.services import send_breakers

APP = "app:wx1"
MINE = {"template": "7", "account": APP}


def open_one(now: datetime) -> None:
    send_breakers.open_now("account", APP, errcode=43107, reason="subscribe_ability_banned", now=now)


def test_it_opens_once_and_says_why(db_session: Session, now: datetime) -> None:
    for second in range(3):
        open_one(now + timedelta(seconds=second))
    (found,) = send_breakers.list_open()
    assert (
        found.scope,
        found.key,
        found.state,
        found.errcode,
        found.opened_at,
        found.probe_at,
        found.failed_probes,
    ) == (
        "account",
        APP,
        "open",
        43107,
        now,
        now + timedelta(minutes=10),
        0,
    )
    actions = db_session.scalars(select(AuditEntry.action).where(AuditEntry.object_kind == "send_account")).all()
    assert actions == ["send_breaker.open"]


def test_one_probe_at_a_time_and_each_failure_doubles_the_wait(db_session: Session, now: datetime) -> None:
    open_one(now)
    assert not send_breakers.take_probe(**MINE, now=now + timedelta(minutes=9))
    at = now
    for minutes in (10, 20, 40, 80, 160, 240, 240):
        at += timedelta(minutes=minutes)
        assert [send_breakers.take_probe(**MINE, now=at) for _ in range(3)] == [True, False, False]
        # A message that was on its way before changes nothing, the probe's answer does.
        open_one(at)
        open_one(at)
    (found,) = send_breakers.list_open()
    assert (found.state, found.failed_probes, found.opened_at) == ("open", 7, now)


def test_a_probe_that_died_is_followed_by_another(db_session: Session, now: datetime) -> None:
    open_one(now)
    at = now + timedelta(minutes=10)
    assert send_breakers.take_probe(**MINE, now=at)
    assert not send_breakers.take_probe(**MINE, now=at + timedelta(minutes=9))
    assert send_breakers.take_probe(**MINE, now=at + timedelta(minutes=10))


def test_only_the_probes_success_closes(db_session: Session, now: datetime) -> None:
    open_one(now)
    send_breakers.succeed(**MINE)
    assert [one.state for one in send_breakers.list_open()] == ["open"]
    assert send_breakers.take_probe(**MINE, now=now + timedelta(minutes=10))
    send_breakers.succeed(template="8", account="app:other")
    assert [one.state for one in send_breakers.list_open()] == ["half_open"]
    send_breakers.succeed(**MINE)
    assert send_breakers.list_open() == []


def test_forty_in_a_row_and_a_success_in_between(db_session: Session, now: datetime) -> None:
    def refuse(times: int) -> None:
        for _ in range(times):
            send_breakers.count_refusal("7", errcode=47003, reason="field_invalid:thing1", now=now)

    refuse(39)
    send_breakers.succeed(**MINE)
    refuse(39)
    assert send_breakers.list_open() == []
    refuse(1)
    (found,) = send_breakers.list_open()
    assert (found.scope, found.key, found.errcode) == ("template", "7", 47003)
    # A probe refused as written opens it again, however few there were.
    assert send_breakers.take_probe(**MINE, now=now + timedelta(minutes=10))
    refuse(1)
    assert [one.failed_probes for one in send_breakers.list_open()] == [1]


def test_a_person_may_try_at_once_or_close(db_session: Session, now: datetime) -> None:
    actor = Actor.system()
    with pytest.raises(NotFound):
        send_breakers.try_now("account", APP, actor=actor, now=now)
    open_one(now)
    send_breakers.try_now("account", APP, actor=actor, now=now)
    assert send_breakers.take_probe(**MINE, now=now)
    send_breakers.close("account", APP, actor=actor, now=now)
    assert send_breakers.list_open() == []
    with pytest.raises(NotFound):
        send_breakers.close("account", APP, actor=actor, now=now)
    query = select(AuditEntry.action).where(AuditEntry.object_kind == "send_account").order_by(AuditEntry.id)
    assert db_session.scalars(query).all() == ["send_breaker.open", "send_breaker.try", "send_breaker.close"]
