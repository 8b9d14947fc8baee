"""Pace, holds and quotas of an account."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.rules import pace
from app.services import send_controls
from app.services.send_controls import Quota, Restraint

APP = "app:wx1"


def test_each_throttling_halves_the_pace_once(db_session: Session, now: datetime) -> None:
    assert send_controls.get(APP, now=now).pace_bp == 10_000
    for second, expected in ((0, 5_000), (1, 5_050), (2, 2_550), (3, 2_600)):
        at = now + timedelta(seconds=second)
        # Those that were on their way together count as one.
        for _ in range(3):
            send_controls.slow_down(APP, now=at)
        assert send_controls.get(APP, now=at).pace_bp == expected
    later = now + timedelta(seconds=152)
    assert send_controls.get(APP, now=later).pace_bp == 10_000
    assert send_controls.list_restrained(now=later) == []


def test_it_never_stands_still(db_session: Session, now: datetime) -> None:
    for second in range(0, 60, 2):
        send_controls.slow_down(APP, now=now + timedelta(seconds=second))
    assert pace.SLOWEST_BP <= send_controls.get(APP, now=now + timedelta(seconds=58)).pace_bp < 300


def test_a_longer_hold_stands_and_a_person_may_end_it(db_session: Session, now: datetime) -> None:
    tomorrow, soon = now + timedelta(hours=9), now + timedelta(minutes=1)
    send_controls.hold(APP, until=tomorrow, reason="daily_quota", now=now)
    send_controls.hold(APP, until=soon, reason="minute_limit", now=now)
    held = Restraint(account=APP, pace_bp=10_000, held_until=tomorrow, hold_reason="daily_quota")
    assert send_controls.list_restrained(now=now) == [held]
    assert send_controls.list_restrained(now=tomorrow) == []
    assert [send_controls.let_go(APP, now=now) for _ in range(2)] == [True, False]
    assert send_controls.get(APP, now=now).held_until is None


def test_the_days_quota_is_taken_in_blocks_and_never_passed(db_session: Session, now: datetime) -> None:
    taken = [send_controls.take_quota(APP, cap=100, wanted=32, now=now) for _ in range(8)]
    assert taken == [32, 32, 32, 4, 0, 0, 0, 0] or sum(taken) == 100
    assert send_controls.list_quotas(now=now) == [Quota(account=APP, day=pace.platform_day(now), cap=100, used=100)]
    assert send_controls.get(APP, now=now).hold_reason == "daily_quota"
    tomorrow = now + timedelta(days=1)
    assert send_controls.take_quota(APP, cap=100, wanted=32, now=tomorrow) == 32
    assert send_controls.get(APP, now=tomorrow).held_until is None
    send_controls.give_quota_back(APP, n=30, day=pace.platform_day(tomorrow))
    assert [one.used for one in send_controls.list_quotas(now=tomorrow)] == [2]


@pytest.mark.parametrize(("cap", "expected"), [(20, 0), (50, 10)])
def test_the_cap_may_change_in_mid_day(db_session: Session, now: datetime, cap: int, expected: int) -> None:
    assert send_controls.take_quota(APP, cap=100, wanted=40, now=now) == 40
    assert sum(send_controls.take_quota(APP, cap=cap, wanted=5, now=now) for _ in range(3)) == expected
