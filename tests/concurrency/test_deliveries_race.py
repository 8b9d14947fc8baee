"""Many at one instant: one permission is spent once, a cap is never passed, one tap counts once."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from app import clock
from app.actor import Actor
from app.extensions import db
from app.models import MessageTemplate
from app.services import audiences, birthdays, campaign_states, deliveries, delivery_sheets, subscription_grants
from app.services.automation_sources import Key, Source
from app.services.deliveries import TakenMeanwhile
from app.transaction import transaction
from tests.concurrency.race import Call, Racers, assert_verified
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import make_batch
from tests.factories.messages import accept, make_campaign, make_message_template, make_reachable, make_running

RACERS = 16


def dispatch(*, campaign_id: int, app_id: str, now: datetime) -> str:
    """Claim and commit the intent, as a lane does; what came of it."""
    (ticket,) = deliveries.claim_due(campaign_id, limit=1, now=now)
    sheet = delivery_sheets.get(campaign_id, app_id=app_id)
    message = deliveries.start_dispatch(ticket, sheet=sheet, now=now)
    return "none" if message is None else "sent"


def gather(database: CommittedDatabase, *, per_day: int, grants: int, templates: int) -> dict[str, Any]:
    """One member and sixteen running campaigns that all want to message them."""
    with database.session(), transaction():
        made = [make_message_template() for _ in range(templates)]
        member = make_reachable(made[0], times=grants)
        for template in made[1:]:
            accept(member, template, times=grants)
        db.session.execute(text("UPDATE programme SET messages_per_day = :n, messages_per_week = 50"), {"n": per_day})
        campaigns = [make_running(made[number % templates]).id for number in range(RACERS)]
        return {"member_id": member.id, "campaigns": campaigns, "template_id": made[0].id}


def race(database: CommittedDatabase, racers: Racers, campaigns: list[int]) -> list[str]:
    app_id = database.app.extensions["huitou"].config.wechat_appid
    values = [{"campaign_id": campaign_id, "app_id": app_id, "now": NOON} for campaign_id in campaigns]
    outcomes = racers.run(database, [Call(dispatch, each) for each in values])
    for outcome in outcomes:
        lost = outcome.code == "conflict" or (outcome.crash or "").startswith(TakenMeanwhile.__name__)
        assert outcome.ok or lost, outcome
    return [str(outcome.value) for outcome in outcomes if outcome.ok]


def sent(database: CommittedDatabase) -> int:
    with database.session():
        return int(db.session.scalar(text("SELECT count(*) FROM delivery WHERE state = 'dispatching'")) or 0)


def test_sixteen_campaigns_and_a_cap_of_three(committed_db: CommittedDatabase, racers: Racers) -> None:
    there = gather(committed_db, per_day=3, grants=1, templates=RACERS)
    assert race(committed_db, racers, there["campaigns"]).count("sent") == sent(committed_db) == 3
    with committed_db.session():
        counters = db.session.execute(text("SELECT period, sent FROM frequency_counter ORDER BY period")).all()
    assert [tuple(row) for row in counters] == [("day", 3), ("month", 3), ("week", 3)]
    assert_verified(committed_db)


def test_sixteen_campaigns_and_one_permission(committed_db: CommittedDatabase, racers: Racers) -> None:
    there = gather(committed_db, per_day=50, grants=1, templates=1)
    assert race(committed_db, racers, there["campaigns"]).count("sent") == sent(committed_db) == 1
    with committed_db.session():
        assert subscription_grants.remaining(there["member_id"]) == {there["template_id"]: 0}
    assert_verified(committed_db)


def test_one_open_message_though_there_are_permissions_for_all(committed_db: CommittedDatabase, racers: Racers) -> None:
    there = gather(committed_db, per_day=50, grants=RACERS, templates=1)
    assert race(committed_db, racers, there["campaigns"]).count("sent") == sent(committed_db) == 1
    assert_verified(committed_db)


def witness(*, member_id: int, template_id: int, kind: str, source: str) -> bool:
    """One telling of a tap."""
    return subscription_grants.accept(
        member_id,
        template_id,
        witness="event" if kind == "event" else "client",
        source=source,
        now=clock.utc_now(),
    )


def test_both_witnesses_of_a_tap_and_all_their_repeats_at_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        template = make_message_template()
        member = make_reachable(template, times=0)
        values = {"member_id": member.id, "template_id": template.id}
    kinds = ["event", "client"] * (RACERS // 2)
    outcomes = racers.run(committed_db, [Call(witness, {**values, "kind": k, "source": f"{k}:1"}) for k in kinds])
    assert [outcome.crash or outcome.code for outcome in outcomes] == [None] * RACERS
    assert sum(bool(outcome.value) for outcome in outcomes) == 1
    with committed_db.session():
        assert subscription_grants.remaining(values["member_id"]) == {values["template_id"]: 1}
    assert_verified(committed_db)


def expand(*, campaign_id: int, app_id: str) -> int:
    """One range, as a scheduler's tick would."""
    return audiences.expand_next(campaign_id, app_id=app_id, now=NOON, chunk_ids=7)[0]


def test_schedulers_expanding_one_campaign_at_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        template = make_message_template()
        for _ in range(30):
            make_reachable(template)
        campaign = make_running(template)
        campaign_id = campaign.id
        db.session.execute(text("DELETE FROM delivery"))
        db.session.execute(text("UPDATE campaign SET state = 'expanding'"))
        db.session.execute(text("UPDATE campaign_run SET state = 'expanding', cursor_member_id = 0"))
        assert db.session.get_one(MessageTemplate, template.id)
    app_id = committed_db.app.extensions["huitou"].config.wechat_appid
    outcomes = racers.run(
        committed_db, [Call(expand, {"campaign_id": campaign_id, "app_id": app_id}) for _ in range(RACERS)]
    )
    assert [outcome.crash or outcome.code for outcome in outcomes] == [None] * RACERS
    assert sum(outcome.value for outcome in outcomes) == 30
    assert_verified(committed_db)


def plan(*, campaign_id: int, source: Source, app_id: str) -> bool:
    """One member's birthday, as a scheduler's tick would that found it due a moment ago."""
    return birthdays.plan_member(campaign_id, source, app_id=app_id, now=NOON)


def test_schedulers_planning_one_birthday_at_once(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        template = make_message_template()
        make_reachable(template, birthday=(11, 20))
        gift = make_batch(how="birthday", stock=50, per_member_limit=5)
        campaign = make_campaign(template, kind="birthday", gift=gift)
        campaign_states.schedule(campaign, actor=Actor.system(), now=NOON)
        (stretch,) = birthdays.list_due(now=NOON)
        (source,) = birthdays.list_members(stretch, after=Key(), limit=9)
        values: dict[str, Any] = {"campaign_id": campaign.id, "source": source}
    values["app_id"] = committed_db.app.extensions["huitou"].config.wechat_appid
    outcomes = racers.run(committed_db, [Call(plan, values) for _ in range(RACERS)])
    assert sorted(str(outcome.value) for outcome in outcomes) == ["False"] * (RACERS - 1) + ["True"]
    with committed_db.session():
        assert db.session.scalar(text("SELECT count(*) FROM coupon")) == 1
    assert_verified(committed_db)
