"""What an audience looks like when it is written down: every reason, who is held out, which words, when it is due."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.extensions import db
from app.models import Campaign, Delivery, Member, MessageTemplate, Segment, SegmentVersion, Tier
from app.rules import spread
from app.services import audiences, campaign_reports, campaign_runs, campaign_states, merges
from app.statements import spread as spread_sql
from app.wiring import parts
from tests.factories.coupons import make_batch
from tests.factories.issue_runs import make_list
from tests.factories.members import make_counter_member, make_member
from tests.factories.messages import accept, expand, make_campaign, make_message_template, make_reachable, make_running

Rows = dict[int, tuple[str, str | None]]


def rows_of(campaign: Campaign, session: Session) -> Rows:
    found = session.execute(
        select(Delivery.member_id, Delivery.state, Delivery.reason)
        .where(Delivery.campaign_id == campaign.id)
        .order_by(Delivery.member_id)
    )
    return {row.member_id: (row.state, row.reason) for row in found}


def switch_off(member: Member, topic: str, *channels: str) -> None:
    for channel in channels:
        db.session.execute(
            text(
                "INSERT INTO message_preference (member_id, topic, channel, is_on, changed_by, changed_at)"
                " VALUES (:m, :topic, :channel, false, 'member', now())"
            ),
            {"m": member.id, "topic": topic, "channel": channel},
        )


@pytest.fixture
def template(db_session: Session, now: datetime) -> MessageTemplate:
    return make_message_template()


@pytest.fixture
def people(template: MessageTemplate, db_session: Session) -> dict[str, Member]:
    """One member per fate."""
    people = {
        "reachable": make_reachable(template),
        "no_openid": make_counter_member(marketing=True),
        "no_marketing_consent": make_member(),
        "switched_off": make_reachable(template),
        "no_grant": make_member(marketing=True),
        "elsewhere": make_reachable(template),
    }
    accept(people["no_marketing_consent"], template)
    switch_off(people["switched_off"], "promotion", "subscribe")
    switch_off(people["elsewhere"], "promotion", "sms")
    switch_off(people["elsewhere"], "coupon", "subscribe")
    return people


def test_every_reason(people: dict[str, Member], template: MessageTemplate, db_session: Session) -> None:
    campaign = make_running(template)
    assert rows_of(campaign, db_session) == {
        people["reachable"].id: ("planned", None),
        people["elsewhere"].id: ("planned", None),
        **{people[reason].id: ("suppressed", reason) for reason in list(people)[1:5]},
    }
    assert campaign_runs.get(campaign, "0").targeted == 6
    again = make_running(template)
    assert rows_of(again, db_session) == rows_of(campaign, db_session)


def test_a_service_needs_no_marketing_consent(people: dict[str, Member], db_session: Session) -> None:
    service = make_message_template(topic="service")
    accept(people["no_marketing_consent"], service)
    assert rows_of(make_running(service), db_session)[people["no_marketing_consent"].id] == ("planned", None)


def test_with_a_second_channel_the_dispatch_decides(
    people: dict[str, Member], template: MessageTemplate, db_session: Session
) -> None:
    db_session.execute(
        text("UPDATE message_topic SET channels = '{subscribe,sms}' WHERE code = :topic"), {"topic": template.topic}
    )
    db_session.expire_all()
    assert rows_of(make_running(template), db_session) == {
        **{people[name].id: ("planned", None) for name in people},
        people["no_marketing_consent"].id: ("suppressed", "no_marketing_consent"),
    }
    switch_off(people["switched_off"], template.topic, "sms")
    assert rows_of(make_running(template), db_session)[people["switched_off"].id] == ("suppressed", "switched_off")


def test_tiers_list_and_segment_must_all_hold(
    people: dict[str, Member], template: MessageTemplate, db_session: Session, now: datetime
) -> None:
    segment = Segment(name="三月", created_at=now, updated_at=now)
    db_session.add(segment)
    db_session.flush()
    rule = {"v": 1, "is": "birthday_month", "any_of": [3]}
    db_session.add(SegmentVersion(segment_id=segment.id, version=1, rule=rule, created_at=now))
    for name in ("reachable", "no_grant", "no_openid"):
        people[name].birth_month, people[name].birth_day = 3, 9
    on_list = make_list([people["reachable"], people["no_grant"], people["elsewhere"]])
    basic, gold = (db_session.scalars(select(Tier).where(Tier.code == code)).one() for code in ("basic", "gold"))
    db_session.execute(
        text("UPDATE member_account SET tier_id = :gold WHERE member_id = :m"),
        {"gold": gold.id, "m": people["no_grant"].id},
    )
    said: dict[str, Any] = {"segment_id": segment.public_id}
    wanted = {"reachable", "no_grant", "no_openid"}
    for more, kept in (
        ({}, wanted),
        ({"member_list_id": on_list.public_id}, {"reachable", "no_grant"}),
        ({"tiers": [basic]}, {"reachable"}),
    ):
        said |= more
        found = rows_of(make_running(template, **said), db_session)
        assert set(found) == {people[name].id for name in kept}


@pytest.mark.parametrize("topic", ["promotion", "service"])
def test_held_out_members_get_nothing_and_are_written_down(db_session: Session, now: datetime, topic: str) -> None:
    template = make_message_template(topic=topic)
    members = [make_reachable(template) for _ in range(60)]
    db_session.execute(text("UPDATE programme SET holdout_bp = 3000"))
    db_session.expire_all()
    gift = make_batch(how="issue")
    campaign = make_running(template, holdout_bp=4_000, gift=gift)
    rows = db_session.scalars(
        select(Delivery).where(Delivery.campaign_id == campaign.id).order_by(Delivery.member_id)
    ).all()
    assert len(rows) == len(members)
    held = [row for row in rows if row.state == "holdout"]
    report = campaign_reports.report(campaign)
    assert (report.targeted, report.holdout, report.planned) == (60, len(held), 60 - len(held))
    assert {row.reason for row in held} == ({"global", "campaign"} if topic == "promotion" else {"campaign"})
    assert all(row.finished_at is not None and row.benefit is None and row.variant is None for row in held)
    assert {(row.state, row.benefit) for row in rows if row not in held} == {("planned", "due")}
    # Another campaign holds the same members back globally, and others for itself.
    other = rows_of(make_running(template, holdout_bp=4_000), db_session)
    globally = {row.member_id for row in held if row.reason == "global"}
    assert globally == {member for member, (_, why) in other.items() if why == "global"}
    assert {row.member_id for row in held} != {member for member, (state, _) in other.items() if state == "holdout"}


def test_benefits_for_the_reached_are_not_promised_ahead(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    make_reachable(template)
    make_member()
    for benefit_for, due in (("everyone", 2), ("reached", 0)):
        campaign = make_running(template, points_gift=5, benefit_for=benefit_for)
        rows = db_session.scalars(select(Delivery.benefit).where(Delivery.campaign_id == campaign.id)).all()
        assert rows.count("due") == due


def test_variants_are_spread(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    for _ in range(60):
        make_reachable(template)
    thirds: list[dict[str, Any]] = [
        {"code": code, "share_bp": share, "field_values": {}, "page": None}
        for code, share in (("A", 2_000), ("B", 3_000), ("H", 5_000))
    ]
    campaign = make_running(template, variants=thirds)
    drawn = f"({spread_sql.number('seed', member='d.member_id')})"
    expected = f"CASE WHEN {drawn} < 2000 THEN 'A' WHEN {drawn} < 5000 THEN 'B' ELSE 'H' END"
    rows = db_session.execute(
        text(f"SELECT d.variant, {expected} FROM delivery d WHERE d.campaign_id = :id"),  # noqa: S608
        {"id": campaign.id, "seed": spread.seed_of("variant", str(campaign.public_id))},
    ).all()
    assert {row[0] for row in rows} == {"A", "B", "H"}
    assert all(row[0] == row[1] for row in rows)


SPREAD = f"""
SELECT ({spread_sql.number("one", member="id")}) < 500 AS held,
       {spread_sql.pick(f"({spread_sql.number('two', member='id')})", (("A", 5000), ("B", 3000), ("C", 2000)))} AS variant,
       count(*)
  FROM generate_series(1, 1000000) AS id GROUP BY 1, 2
"""  # noqa: S608


def test_a_split_of_a_million_is_within_a_fifth_of_a_point(db_session: Session) -> None:
    seeds = {"one": spread.seed_of("global", "huitou"), "two": spread.seed_of("variant", "x")}
    counts = {(row[0], row[1]): row[2] for row in db_session.execute(text(SPREAD), seeds)}
    assert counts == {(row[0], row[1]): row[2] for row in db_session.execute(text(SPREAD), seeds)}
    held = sum(n for (is_held, _), n in counts.items() if is_held)
    assert abs(held / 1_000_000 - 0.05) < 0.002
    for code, share in (("A", 0.5), ("B", 0.3), ("C", 0.2)):
        of_all = counts[(True, code)] + counts[(False, code)]
        assert abs(of_all / 1_000_000 - share) < 0.002
        # Whom one number holds back says nothing about the other number.
        assert abs(counts[(True, code)] / held - share) < 0.02


def test_a_seed_is_what_it_was() -> None:
    # Members must not change sides with a release.
    assert spread.seed_of("global", "huitou") == -8597331443480635782
    assert spread.seed_of("global", "huitou") != spread.seed_of("holdout", "huitou")


def test_each_member_by_their_own_clock(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    zones = {
        "Asia/Tokyo": ("2026-11-21T01:00", None),
        "Europe/Berlin": ("2026-11-21T09:00", None),
        "America/New_York": ("2026-11-21T15:00", None),
        "Nowhere/Land": ("2026-11-21T02:00", None),
        None: ("2026-11-21T02:00", None),
        "Pacific/Kiritimati": ("2026-11-20T20:00", None),
    }
    members = {zone: make_reachable(template) for zone in zones}
    for zone, member in members.items():
        member.zone = zone
    campaign = make_campaign(template, scheduled_at=now + timedelta(days=1), is_member_time=True)
    campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    # Ten o'clock on the 21st comes first to Kiritimati: at six in the evening of the 20th in Shanghai... 20:00 UTC.
    early = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    assert campaign_states.start_due(now=early - timedelta(seconds=1)) == ([], [])
    assert campaign_states.start_due(now=early) == ([campaign.id], [])
    expand(campaign, now=early, chunk_ids=2)
    for zone, (due_at, _) in zones.items():
        row = db_session.get_one(Delivery, (campaign.id, "0", members[zone].id))
        assert (row.state, row.due_at) == ("planned", datetime.fromisoformat(due_at).replace(tzinfo=UTC)), zone


def test_a_zone_whose_moment_is_long_past_is_missed(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    members = {zone: make_reachable(template) for zone in ("Pacific/Auckland", "Asia/Tokyo", "America/New_York")}
    for zone, member in members.items():
        member.zone = zone
    campaign = make_campaign(template, kind="recurring", is_member_time=True)
    campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    # The scheduler was away: it is ten in Shanghai, three in the afternoon in Auckland, and three hours is what it bears.
    campaign.max_late_minutes = 180
    db_session.flush()
    late = now + timedelta(days=1)
    assert campaign_states.start_due(now=late) == ([campaign.id], [])
    expand(campaign, now=late)
    assert rows_of(campaign, db_session) == {
        members["Pacific/Auckland"].id: ("missed", "too_late"),
        members["Asia/Tokyo"].id: ("planned", None),
        members["America/New_York"].id: ("planned", None),
    }


def test_a_merge_in_mid_expansion_tells_nobody_twice(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    older, newer = make_reachable(template), make_counter_member(marketing=True)
    campaign = make_campaign(template)
    campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    campaign_states.start_due(now=now)
    campaign_runs.get(campaign, "0").cursor_member_id = older.id - 1
    db_session.flush()
    app_id = parts().config.wechat_appid
    assert audiences.expand_next(campaign.id, app_id=app_id, now=now, chunk_ids=1) == (1, True)
    merges.merge(older, newer, phone=None, reason="phone", actor=Actor.system(), now=now)
    assert expand(campaign, now=now) == 0
    assert rows_of(campaign, db_session) == {older.id: ("planned", None)}


@pytest.mark.parametrize("merged_state", ["planned", "sent"])
def test_whoever_was_held_out_stays_so_after_a_merge(db_session: Session, now: datetime, merged_state: str) -> None:
    template = make_message_template()
    older, newer = make_reachable(template), make_counter_member(marketing=True)
    campaign = make_running(template)
    kept, merged = (db_session.get_one(Delivery, (campaign.id, "0", member.id)) for member in (older, newer))
    kept.state, kept.reason, kept.finished_at = "holdout", "campaign", now
    merged.state, merged.reason, merged.dispatched_at = merged_state, None, now
    db_session.flush()
    merges.merge(older, newer, phone=None, reason="phone", actor=Actor.system(), now=now)
    # Nothing more is sent to either: the one stays held out, what the other had waiting is suppressed.
    assert rows_of(campaign, db_session) == {
        older.id: ("holdout", "campaign"),
        newer.id: ("suppressed", "merged") if merged_state == "planned" else ("sent", None),
    }
