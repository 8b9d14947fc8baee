"""Expansion: every targeted member in exactly one row, told why not when unreachable; again it adds nothing."""

from datetime import datetime

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import Delivery, Member, MemberAccount, MessageTemplate, Tier
from app.services import audiences, campaign_reports, campaign_runs, campaign_states, campaigns
from app.wiring import parts
from tests.conftest import NOON
from tests.factories.members import make_counter_member, make_member
from tests.factories.messages import accept, make_campaign, make_message_template, make_reachable, make_running


@pytest.fixture
def people(db_session: Session, now: datetime) -> dict[str, Member]:
    """One member per fate."""
    template = make_message_template(code="promo")
    people = {
        "reachable": make_reachable(template),
        "no_grant": make_member(marketing=True),
        "no_marketing_consent": make_member(),
        "no_openid": make_counter_member(marketing=True),
        "merged": make_reachable(template),
    }
    accept(people["no_marketing_consent"], template)
    people["merged"].status, people["merged"].merged_into_id = "merged", people["reachable"].id
    db_session.flush()
    return people


def test_everybody_is_counted_once_with_a_reason(people: dict[str, Member], db_session: Session) -> None:
    template = db_session.scalars(select(MessageTemplate).where(MessageTemplate.code == "promo")).one()
    preview = audiences.preview(
        template_id=template.id, tier_ids=[], with_birthday=False, app_id=parts().config.wechat_appid, now=NOON
    )
    campaign = make_running(template)
    report = campaign_reports.report(campaign)
    assert report.targeted == preview.targeted == 4
    assert report.planned == preview.reachable == 1
    assert report.suppressed == preview.suppressed
    assert report.suppressed == {"no_grant": 1, "no_marketing_consent": 1, "no_openid": 1}
    assert campaign.state == "running"
    lines = campaign_reports.list_deliveries(campaign, after=None, limit=3)
    rest = campaign_reports.list_deliveries(campaign, after=lines.next_key, limit=3)
    assert [len(lines.items), len(rest.items), rest.next_key] == [3, 1, None]


def test_expanding_again_adds_nothing(people: dict[str, Member], db_session: Session, now: datetime) -> None:
    campaign = make_running(make_message_template())
    before = db_session.scalar(select(func.count()).select_from(Delivery))
    run = campaign_runs.get(campaign, "0")
    run.state, run.cursor_member_id, campaign.state = "expanding", 0, "expanding"
    db_session.flush()
    added, has_more = audiences.expand_next(campaign.id, app_id=parts().config.wechat_appid, now=now)
    assert (added, has_more) == (0, False)
    assert db_session.scalar(select(func.count()).select_from(Delivery)) == before


def test_it_goes_on_from_the_cursor_and_stops_at_a_pause(
    people: dict[str, Member], db_session: Session, now: datetime
) -> None:
    campaign = make_campaign()
    actor = Actor.system()
    campaign_states.schedule(campaign, actor=actor, now=now)
    campaign_states.start_due(now=now)
    app_id = parts().config.wechat_appid
    first = min(member.id for member in people.values())
    campaign_runs.get(campaign, "0").cursor_member_id = first - 1
    db_session.flush()
    assert audiences.expand_next(campaign.id, app_id=app_id, now=now, chunk_ids=2) == (2, True)
    campaign_states.pause(campaign, actor=actor, now=now)
    assert audiences.expand_next(campaign.id, app_id=app_id, now=now, chunk_ids=2) == (0, False)
    campaign_states.resume(campaign, actor=actor, now=now)
    # Enrolled after it began: not in this audience.
    make_member(marketing=True)
    added = 0
    while True:
        rows, has_more = audiences.expand_next(campaign.id, app_id=app_id, now=now, chunk_ids=2)
        added += rows
        if not has_more:
            break
    assert added == 2
    assert campaigns.get_by_public_id(campaign.public_id).state == "running"


def test_tiers_narrow_it(people: dict[str, Member], db_session: Session, now: datetime) -> None:
    gold = db_session.scalars(select(Tier).where(Tier.code == "gold")).one()
    db_session.execute(
        update(MemberAccount).where(MemberAccount.member_id == people["no_grant"].id).values(tier_id=gold.id)
    )
    report = campaign_reports.report(make_running(make_message_template(), tiers=[gold]))
    assert (report.targeted, report.suppressed) == (1, {"no_grant": 1})


def test_a_preview_asks_what_its_expansion_would(db_session: Session, now: datetime) -> None:
    service, birthdays = make_message_template(topic="service"), make_message_template()
    member = make_reachable(service, birthday=(2, 29))
    accept(member, birthdays)
    member.marketing_consent = False
    make_reachable(birthdays)

    def look(template: MessageTemplate, *, with_birthday: bool) -> tuple[int, int, dict[str, int]]:
        app_id = parts().config.wechat_appid
        found = audiences.preview(
            template_id=template.id, tier_ids=[], with_birthday=with_birthday, app_id=app_id, now=now
        )
        return found.targeted, found.reachable, found.suppressed

    assert look(service, with_birthday=False) == (2, 1, {"no_grant": 1})
    assert look(birthdays, with_birthday=True) == (1, 0, {"no_marketing_consent": 1})
