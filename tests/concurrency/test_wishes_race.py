"""Wishes against running lanes and enrolments: nothing leaves after a no, and nothing chosen on the way in is lost."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from app import clock, transaction
from app.actor import Actor
from app.errors import TopicInUse
from app.extensions import db
from app.gateways.wechat import RecordingWeChat, SendOutcome
from app.services import consents, message_preferences, message_topics, subscription_grants, wechat_events
from app.services.message_preferences import Switch
from jobs.drain_lane import Turn
from tests.concurrency.identity_calls import APP, sign_in
from tests.concurrency.race import assert_verified
from tests.concurrency.waiting import wait_until_somebody_waits
from tests.conftest import NOON, CommittedDatabase
from tests.factories.messages import OpenGate, accept, make_message_template, make_reachable, make_running

MEMBERS, CAMPAIGNS, LANES = 30, 4, 3
# A message whose intent was committed just before may still be on its way out.
ON_ITS_WAY_SECONDS = 1.0
PATIENCE_SECONDS = 60.0


class SlowWeChat(RecordingWeChat):
    """Takes some milliseconds a message, and remembers when each left."""

    def __init__(self) -> None:
        super().__init__()
        self.left: list[tuple[str, float]] = []
        self.first_left = threading.Event()

    def send_subscribe_message(self, **values: Any) -> SendOutcome:
        self.left.append((values["openid"], time.monotonic()))
        # The first member is one who will say no.
        if values["openid"] == "o-0":
            self.first_left.set()
        time.sleep(0.02)
        return super().send_subscribe_message(**values)


@pytest.fixture
def wechat(committed_db: CommittedDatabase) -> SlowWeChat:
    parts = committed_db.app.extensions["huitou"]
    parts.wechat, parts.limiter = SlowWeChat(), OpenGate()
    return parts.wechat  # type: ignore[no-any-return]


def prepare(database: CommittedDatabase, now: datetime) -> tuple[list[int], list[int]]:
    """Members who may get everything, and campaigns that want to send it to all of them now."""
    with database.session(), transaction.transaction():
        db.session.execute(
            text(
                "UPDATE programme SET quiet_from = '00:00', quiet_until = '00:00', messages_per_day = 99,"
                " messages_per_week = 99, messages_per_month = 99"
            )
        )
        templates = [make_message_template() for _ in range(CAMPAIGNS)]
        members = [make_reachable(templates[0], openid=f"o-{n}", now=now) for n in range(MEMBERS)]
        for template in templates[1:]:
            for member in members:
                accept(member, template, now=now)
        return [one.id for one in members], [make_running(template, now=now).id for template in templates]


def refuse(member_id: int, *, way: int) -> None:
    """One of the ways to say no."""
    now = clock.utc_now()
    if way:
        consents.decide_marketing(member_id, granted=False, document_version="2026-11", channel="mini", now=now)
    else:
        off = [Switch(topic="promotion", channel="subscribe", is_on=False)]
        message_preferences.choose(member_id, off, changed_by="member", now=now)


def test_nothing_leaves_after_a_no(committed_db: CommittedDatabase, wechat: SlowWeChat) -> None:
    members, campaigns = prepare(committed_db, clock.utc_now())
    stopped, broken = threading.Event(), []

    def lane(number: int) -> None:
        try:
            with committed_db.app.app_context():
                while not stopped.is_set():
                    for campaign_id in campaigns[number:] + campaigns[:number]:
                        Turn(campaign_id, is_over=stopped.is_set).drain()
                    time.sleep(0.01)
        except BaseException as error:
            broken.append(error)
            raise

    refused_at: dict[str, float] = {}
    lanes = [threading.Thread(target=lane, args=(number,)) for number in range(LANES)]
    with ExitStack() as ending:
        for one in lanes:
            one.start()
            ending.callback(one.join)
        ending.callback(stopped.set)
        wechat.first_left.wait(PATIENCE_SECONDS)
        with committed_db.session():
            # Messages leave by member: the last ones are still there.
            for number in reversed(range(0, MEMBERS, 2)):
                transaction.run(lambda n=number: refuse(members[n], way=n % 4))  # type: ignore[misc]
                refused_at[f"o-{number}"] = time.monotonic()
        time.sleep(ON_ITS_WAY_SECONDS)
    assert broken == []
    late = [at - refused_at[openid] for openid, at in wechat.left if at > refused_at.get(openid, at)]
    assert all(seconds < ON_ITS_WAY_SECONDS for seconds in late), max(late)
    with committed_db.session():
        rows = db.session.execute(
            text("SELECT member_id, state, reason FROM delivery ORDER BY campaign_id, member_id")
        ).all()
    refusers = set(members[::2])
    left = {(state, reason) for member_id, state, reason in rows if member_id in refusers}
    assert left <= {("sent", None), ("suppressed", "no_marketing_consent"), ("suppressed", "switched_off")}
    # The race was one: some were too early for the no, some too late.
    assert len({state for state, _ in left}) == 2
    assert_verified(committed_db)


def tell(*, openid: str, template_id: str, key: str) -> bool:
    """WeChat tells of an accept."""
    item = {"template_id": template_id, "status": "accept", "popup_scene": "0", "msgid": None, "error": None}
    return wechat_events.receive(
        event=wechat_events.POPUP, openid=openid, items=[item], dedup_key=key, app_id=APP, now=NOON
    )


@pytest.mark.parametrize("first", ["event", "enrolment"])
def test_what_is_chosen_while_enrolling_is_not_lost(committed_db: CommittedDatabase, first: str) -> None:
    """Neither sees what the other has not committed: the second waits for the first, whichever it is."""
    with committed_db.session(), transaction.transaction():
        template = make_message_template()
        number, wechat_id = template.id, template.wechat_template_id
    steps: dict[str, Callable[[], object]] = {
        "event": lambda: tell(openid="o-new", template_id=wechat_id, key="k"),
        "enrolment": lambda: sign_in(openid="o-new"),
    }

    def go_second() -> None:
        with committed_db.session(), transaction.transaction():
            steps["enrolment" if first == "event" else "event"]()

    second = threading.Thread(target=go_second)
    with committed_db.session(), transaction.transaction():
        steps[first]()
        second.start()
        wait_until_somebody_waits(committed_db)
    second.join()
    with committed_db.session():
        member_id, _ = sign_in(openid="o-new")
        assert subscription_grants.remaining(member_id) == {number: 1}
        db.session.rollback()
    assert_verified(committed_db)


def test_a_topic_is_not_softened_while_a_template_of_it_is_made(committed_db: CommittedDatabase) -> None:
    """The change waits for the template it cannot see yet, and is refused then."""
    refused: list[str] = []

    def soften() -> None:
        with committed_db.session():
            try:
                with transaction.transaction():
                    message_topics.change("promotion", {"is_marketing": False}, actor=Actor.system(), now=NOON)
            except TopicInUse as error:
                refused.append(error.code)

    second = threading.Thread(target=soften)
    with committed_db.session(), transaction.transaction():
        make_message_template(topic="promotion")
        second.start()
        wait_until_somebody_waits(committed_db)
    second.join()
    assert refused == ["topic_in_use"]
