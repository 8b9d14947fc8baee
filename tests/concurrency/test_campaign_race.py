"""Many at one instant: one approval, one beginning of a run, one audience; a change and an approval never both stand."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.actor import Actor
from app.extensions import db
from app.models import Campaign
from app.services import campaign_reviews, campaign_states, campaigns
from app.transaction import transaction
from tests.concurrency.race import Call, Racers, assert_verified
from tests.conftest import NOON, CommittedDatabase
from tests.factories.messages import make_campaign, make_message_template, make_reachable, staff_actor

RACERS = 16
LATER = NOON + timedelta(days=2)


def decide(*, campaign_id: int, staff_id: int, wanted: str) -> str:
    """One colleague's decision, or the author's change of mind."""
    campaign, actor = db.session.get_one(Campaign, campaign_id), Actor(kind="staff", id=staff_id, role="marketer")
    if wanted == "change":
        return campaigns.change(campaign, {"name": "改过了"}, actor=actor, now=NOON).state
    if wanted == "approve":
        return campaign_reviews.approve(campaign, submitted_at=NOON, actor=actor, now=NOON).state
    return campaign_reviews.reject(campaign, reason="再改改", actor=actor, now=NOON).state


def in_review(database: CommittedDatabase, colleagues: int) -> tuple[int, int, list[int]]:
    """A submitted campaign, its author, and others."""
    with database.session(), transaction():
        campaign, author = make_campaign(), staff_actor()
        campaign_reviews.submit(campaign, actor=author, now=NOON)
        others = [staff_actor().id or 0 for _ in range(colleagues)]
        return campaign.id, author.id or 0, others


def test_sixteen_colleagues_decide_at_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    campaign_id, _, others = in_review(committed_db, RACERS)
    outcomes = racers.run(
        committed_db,
        [
            Call(decide, {"campaign_id": campaign_id, "staff_id": one, "wanted": ("approve", "reject")[number % 2]})
            for number, one in enumerate(others)
        ],
    )
    assert sum(outcome.ok for outcome in outcomes) == 1
    assert {outcome.code for outcome in outcomes if not outcome.ok} == {"campaign_state_conflict"}
    with committed_db.session():
        decisions = db.session.scalar(
            text("SELECT count(*) FROM audit_entry WHERE action IN ('campaign.approve', 'campaign.reject')")
        )
    assert decisions == 1


def test_a_change_and_approvals_never_both_stand(committed_db: CommittedDatabase, racers: Racers) -> None:
    for _ in range(4):
        campaign_id, author, others = in_review(committed_db, 3)
        calls = [Call(decide, {"campaign_id": campaign_id, "staff_id": author, "wanted": "change"})]
        calls += [Call(decide, {"campaign_id": campaign_id, "staff_id": one, "wanted": "approve"}) for one in others]
        racers.run(committed_db, calls)
        with committed_db.session():
            campaign = db.session.get_one(Campaign, campaign_id)
            # The change comes before or after: either way it is a draft nobody has approved.
            assert (campaign.name, campaign.state, campaign.approved_by_id) == ("改过了", "draft", None)


def start(*, at: Any) -> tuple[int, int]:
    """One scheduler's tick."""
    started, missed = campaign_states.start_due(now=at)
    return len(started), len(missed)


def test_schedulers_beginning_the_same_runs(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        make_reachable(make_message_template())
        drafts = [make_campaign(kind="recurring") for _ in range(3)]
        drafts += [make_campaign(scheduled_at=LATER) for _ in range(3)]
        for campaign in drafts:
            campaign_states.schedule(campaign, actor=Actor.system(), now=NOON)
    outcomes = racers.run(committed_db, [Call(start, {"at": LATER}) for _ in range(RACERS)])
    assert [outcome.crash or outcome.code for outcome in outcomes] == [None] * RACERS
    # Each daily one has a day that is too late and today's; whoever was pushed aside finds the rest at the next tick.
    outcomes += racers.run(committed_db, [Call(start, {"at": LATER}) for _ in range(2)])
    assert sum(outcome.value[0] for outcome in outcomes) == 6
    assert sum(outcome.value[1] for outcome in outcomes) == 3
    with committed_db.session():
        runs = db.session.execute(
            text("SELECT occurrence, state, count(*) FROM campaign_run GROUP BY 1, 2 ORDER BY 1, 2")
        ).all()
        begun = db.session.scalar(text("SELECT count(*) FROM audit_entry WHERE action = 'campaign.start'"))
    assert [tuple(row) for row in runs] == [
        ("0", "expanding", 3),
        ("2026-11-21", "missed", 3),
        ("2026-11-22", "expanding", 3),
    ]
    assert begun == 6
    assert_verified(committed_db)
