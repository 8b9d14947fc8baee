"""The calendar: what was, what is scheduled, what repeats, what waits for members' own days; each on its business date."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import InvalidInput
from app.models import Campaign, MessageTemplate
from app.services import campaign_calendar, campaign_states, periods, programmes
from app.services.campaign_calendar import Day
from tests.conftest import NOON, Clock
from tests.factories.members import make_member
from tests.factories.messages import make_campaign, make_message_template, make_reachable, run, staff_actor

TODAY = date(2026, 11, 20)  # a Friday


@pytest.fixture(autouse=True)
def standing(standing_clock: Clock) -> None:
    """The clock stands at NOON."""


@pytest.fixture
def template(db_session: Session) -> MessageTemplate:
    return make_message_template()


def look(*, days: int = 14) -> list[Day]:
    return campaign_calendar.look(periods.of(TODAY, TODAY + timedelta(days=days)), now=NOON)


def told(days: list[Day]) -> list[tuple[str, int, str, int | None, bool]]:
    """(date, campaign, state, members, estimate) of every entry."""
    return [
        (day.on.isoformat(), entry.campaign.id, entry.state, entry.members, entry.is_estimate)
        for day in days
        for entry in day.entries
    ]


def test_every_day_stands_there_the_empty_ones_too(db_session: Session) -> None:
    days = look(days=3)
    assert [(day.on, day.entries, day.messages, day.load_bp) for day in days] == [
        (TODAY + timedelta(days=n), [], 0, 0) for n in range(3)
    ]


def test_what_ran_is_counted_and_what_is_to_run_estimated(db_session: Session, template: MessageTemplate) -> None:
    for _ in range(4):
        make_reachable(template)
    ran = run(make_campaign(template))
    ahead = make_campaign(template, scheduled_at=NOON + timedelta(days=1))
    campaign_states.schedule(ahead, actor=staff_actor(), now=NOON)
    draft = make_campaign(template, scheduled_at=NOON + timedelta(days=1, hours=1))
    days = look(days=3)
    assert told(days) == [
        ("2026-11-20", ran.id, "running", 4, False),
        ("2026-11-21", ahead.id, "scheduled", 4, True),
        ("2026-11-21", draft.id, "draft", 4, True),
    ]
    # Two messages a member on the second day.
    assert [(day.messages, day.load_bp) for day in days] == [(4, 10_000), (8, 20_000), (0, 0)]


def test_what_repeats_stands_on_each_of_its_days(db_session: Session, template: MessageTemplate) -> None:
    make_member()
    weekly = make_campaign(
        template, kind="recurring", repeat={"every": "week", "on": [1, 4]}, send_time="10:00", days_before=None
    )
    campaign_states.schedule(weekly, actor=staff_actor(), now=NOON)
    assert [entry[0] for entry in told(look())] == ["2026-11-23", "2026-11-26", "2026-11-30", "2026-12-03"]
    [first, *_] = look()[3].entries
    assert (first.state, first.occurrence, first.members) == ("to_come", "2026-11-23", 1)


def test_the_business_day_counts(db_session: Session, template: MessageTemplate) -> None:
    programmes.get().cut_over_hour = 3
    # Two in the morning of the 22nd belongs to the 21st; half past seven does not, though London still has the 21st.
    late = make_campaign(template, scheduled_at=NOON + timedelta(days=1, hours=16))
    early = make_campaign(template, scheduled_at=NOON + timedelta(days=1, hours=21, minutes=30))
    assert [entry[:2] for entry in told(look())] == [("2026-11-21", late.id), ("2026-11-22", early.id)]


def test_automations_show_what_waits(db_session: Session, template: MessageTemplate) -> None:
    members = [make_reachable(template) for _ in range(4)]
    wishes = make_campaign(template, kind="birthday")
    campaign_states.schedule(wishes, actor=staff_actor(), now=NOON)
    for number, member in enumerate(members):
        db_session.execute(
            text(
                "INSERT INTO delivery (campaign_id, occurrence, member_id, state, message_template_id, due_at, attempts,"
                " awaiting_event) VALUES (:c, '2026', :m, 'planned', :t, :at, 0, false)"
            ),
            {"c": wishes.id, "m": member.id, "t": template.id, "at": NOON + timedelta(days=min(number, 1))},
        )
    # What is over waits no more.
    over = {"c": wishes.id, "m": members[-1].id}
    db_session.execute(
        text("UPDATE delivery SET state = 'missed', finished_at = now() WHERE campaign_id = :c AND member_id = :m"),
        over,
    )
    assert told(look(days=3)) == [
        ("2026-11-20", wishes.id, "waiting", 1, False),
        ("2026-11-21", wishes.id, "waiting", 2, False),
    ]


def test_tests_and_cancelled_campaigns_are_not_in_it(db_session: Session, template: MessageTemplate) -> None:
    ahead = make_campaign(template, scheduled_at=NOON + timedelta(days=1))
    campaign_states.cancel(ahead, actor=staff_actor(), now=NOON)
    db_session.add(
        Campaign(
            name="x",
            kind="test",
            state="running",
            message_template_id=template.id,
            field_values={},
            created_by_id=ahead.created_by_id,
            created_at=NOON,
        )
    )
    assert told(look()) == []


def test_a_quarter_at_most(db_session: Session) -> None:
    assert len(look(days=92)) == 92
    with pytest.raises(InvalidInput):
        look(days=93)


def test_the_number_of_statements_does_not_grow(
    db_session: Session, template: MessageTemplate, count_queries: Callable[[], int]
) -> None:
    counts = []
    look()  # whatever is read once a transaction
    for more in (1, 9):
        for _ in range(more):
            make_campaign(template, scheduled_at=NOON + timedelta(days=1))
        before = count_queries()
        assert told(look())
        counts.append(count_queries() - before)
    assert counts[0] == counts[1]
