"""The grant ledger is accepts − sends, whatever is told twice, late, out of turn or by one witness only (I11)."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from app.gateways.wechat import RecordingWeChat
from app.wiring import parts
from tests.conftest import Clock, CommittedDatabase
from tests.factories.messages import OpenGate
from tests.services.grant_story import Story

SHORT, LONG = 5_000, 100_000
LOOK_EVERY = 40


@pytest.fixture
def stage(
    db_session: Session, standing_clock: Clock, wechat: RecordingWeChat, monkeypatch: pytest.MonkeyPatch
) -> tuple[Clock, RecordingWeChat]:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    return standing_clock, wechat


@pytest.fixture
def long_stage(
    committed_db: CommittedDatabase, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Clock, RecordingWeChat]]:
    """With real commits: one long transaction keeps every version of the few rows all this is about, and walks by them."""
    with committed_db.session():
        wechat = RecordingWeChat()
        monkeypatch.setattr(parts(), "wechat", wechat)
        monkeypatch.setattr(parts(), "limiter", OpenGate())
        yield standing_clock, wechat


def beside_the_model(stage: tuple[Clock, RecordingWeChat], events: int) -> None:
    """The ledger is what the model says, all the way."""
    story = Story(*stage, seed=20261128)
    steps = 0
    while story.total < events:
        story.go_on()
        steps += 1
        if steps % LOOK_EVERY == 0:
            assert story.ledger() == {key: n for key, n in story.model.left.items() if n}
    story.come_to_an_end()
    assert story.ledger() == {key: n for key, n in story.model.left.items() if n}
    # Everything happened, sends not last.
    assert set(story.events) == {"popup", "change", "report", "send", "sent"}
    assert story.events["send"] > events // 40


def told_by_both(stage: tuple[Clock, RecordingWeChat], events: int) -> None:
    """Told by both witnesses, however late and often, a tap is one permission: exactly taps − sends are left."""
    story = Story(*stage, seed=1128, both=True)
    while story.total < events:
        story.go_on()
    story.come_to_an_end()
    due = {key: taps - story.sends[key] for key, taps in story.taps.items()}
    assert story.ledger() == {key: n for key, n in due.items() if n}


def test_5_000_events(stage: tuple[Clock, RecordingWeChat]) -> None:
    beside_the_model(stage, SHORT)


def test_1_000_events_told_by_both(stage: tuple[Clock, RecordingWeChat]) -> None:
    told_by_both(stage, 1_000)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_100_000_events(long_stage: tuple[Clock, RecordingWeChat]) -> None:
    beside_the_model(long_stage, LONG)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_100_000_events_told_by_both(long_stage: tuple[Clock, RecordingWeChat]) -> None:
    told_by_both(long_stage, LONG)
