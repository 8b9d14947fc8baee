"""One accept is one message: two witnesses of a tap count once, and the ledger always adds up (I11)."""

import itertools
import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.models import SubscriptionGrant, SubscriptionGrantEntry
from app.services import subscription_grants as grants
from tests.factories.members import make_member
from tests.factories.messages import make_message_template


@pytest.fixture
def who(db_session: Session, now: datetime) -> tuple[int, int]:
    return make_member().id, make_message_template().id


def left(who: tuple[int, int]) -> int:
    return grants.remaining(who[0]).get(who[1], 0)


def entries(db_session: Session, who: tuple[int, int]) -> int:
    query = select(func.coalesce(func.sum(SubscriptionGrantEntry.delta), 0)).where(
        SubscriptionGrantEntry.member_id == who[0], SubscriptionGrantEntry.message_template_id == who[1]
    )
    return int(db_session.scalar(query) or 0)


@pytest.mark.parametrize("first", ["event", "client"])
def test_event_and_report_of_one_tap_count_once(who: tuple[int, int], now: datetime, first: str) -> None:
    second = "client" if first == "event" else "event"
    assert grants.accept(*who, witness=first, source="a", now=now)  # type: ignore[arg-type]
    assert not grants.accept(*who, witness=second, source="b", now=now + timedelta(seconds=4))  # type: ignore[arg-type]
    assert left(who) == 1


@pytest.mark.parametrize("order", sorted(set(itertools.permutations("eecc"))))
def test_two_taps_are_two_whatever_the_order(who: tuple[int, int], now: datetime, order: tuple[str, ...]) -> None:
    for number, witness in enumerate(order):
        grants.accept(*who, witness="event" if witness == "e" else "client", source=f"s{number}", now=now)
    assert left(who) == 2
    # A third tap that "always keep" answered without a pop-up: no event, the client alone tells of it.
    grants.accept(*who, witness="client", source="third", now=now)
    assert left(who) == 3


def test_a_report_long_after_the_event_is_another_tap(who: tuple[int, int], now: datetime) -> None:
    grants.accept(*who, witness="event", source="e1", now=now)
    grants.accept(*who, witness="client", source="c1", now=now + grants.SAME_TAP_WINDOW + timedelta(seconds=1))
    assert left(who) == 2


def test_repeats_of_one_source_change_nothing(db_session: Session, who: tuple[int, int], now: datetime) -> None:
    for _ in range(3):
        grants.accept(*who, witness="event", source="e1", now=now)
        grants.give_back(*who, source="returned:x", now=now)
    assert left(who) == 2
    for _ in range(2):
        grants.drop(*who, kind="refused", source="refused:x", now=now)
    assert left(who) == 0
    assert entries(db_session, who) == 0


def test_a_client_cannot_pile_up_permissions(who: tuple[int, int], now: datetime) -> None:
    for number in range(grants.MOST_FROM_REPORTS + 5):
        grants.accept(*who, witness="client", source=f"c{number}", now=now)
    assert left(who) == grants.MOST_FROM_REPORTS


def test_any_history_adds_up(db_session: Session, who: tuple[int, int], now: datetime) -> None:
    rng = random.Random(20261120)
    for number in range(150):
        at = now + timedelta(seconds=20 * number)
        source = f"s{rng.randrange(60)}"
        step = rng.randrange(8)
        if step < 6:
            grants.accept(*who, witness=rng.choice(["event", "client"]), source=source, now=at)
        elif step == 6:
            grants.give_back(*who, source=source, now=at)
        else:
            grants.drop(*who, kind="switched_off", source=source, now=at)
        assert left(who) == entries(db_session, who) >= 0


def test_the_database_refuses_less_than_nothing(db_session: Session, who: tuple[int, int], now: datetime) -> None:
    grants.accept(*who, witness="event", source="e1", now=now)
    with pytest.raises(IntegrityError, match="remaining_not_negative"), db_session.begin_nested():
        db_session.execute(update(SubscriptionGrant).values(remaining=-1))
    with pytest.raises(DBAPIError, match="permission denied"), db_session.begin_nested():
        db_session.execute(delete(SubscriptionGrantEntry))
