"""Watching campaigns: what is under way is counted now, the rest is what the tick counted."""

import uuid
from datetime import timedelta

from app.services import campaign_figures, campaign_progress, campaign_states
from app.services.campaign_progress import Progress
from tests.conftest import NOON
from tests.factories.members import make_member
from tests.factories.messages import delivery_of, make_campaign, make_message_template, make_reachable, make_running

LATER = NOON + timedelta(minutes=2)


def look(campaign_id: uuid.UUID) -> Progress:
    return campaign_progress.of([campaign_id], now=LATER)[0]


def test_a_run_under_way_is_counted_now(db_session: object) -> None:
    template = make_message_template()
    reached, waiting = make_reachable(template), make_reachable(template)
    make_member()
    running, draft = make_running(template), make_campaign(template)
    row = delivery_of(running, reached)
    row.state, row.dispatched_at, row.finished_at = "sent", LATER - timedelta(seconds=20), LATER
    assert delivery_of(running, waiting).state == "planned"
    told, of_draft = campaign_progress.of([running.public_id, draft.public_id, uuid.uuid4()], now=LATER)
    assert (told.targeted, told.reachable, told.sent, told.waiting, told.sent_last_minute) == (3, 2, 1, 1, 1)
    assert (told.is_under_way, told.counted_at) == (True, None)
    assert (of_draft.targeted, of_draft.sent, of_draft.is_under_way) == (0, 0, False)


def test_what_ended_after_the_last_count_is_still_counted_now(db_session: object) -> None:
    template = make_message_template()
    reached = make_reachable(template)
    running = make_running(template)
    campaign_figures.count(running.id, now=NOON)
    row = delivery_of(running, reached)
    row.state, row.dispatched_at, row.finished_at = "sent", NOON + timedelta(seconds=30), LATER
    assert campaign_states.finish_done(now=LATER) == 1
    assert look(running.public_id).sent == 1
    # Once counted, the count is what is told, and no row is read again.
    campaign_figures.count(running.id, now=LATER + timedelta(seconds=1))
    told = look(running.public_id)
    assert (told.targeted, told.sent, told.waiting, told.is_under_way) == (1, 1, 0, False)
    assert told.counted_at == LATER + timedelta(seconds=1)
