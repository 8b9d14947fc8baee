"""Messages to people of several memberships or OpenIDs: one message, and what it comes to reaches the one who stays."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.gateways.wechat import SendOutcome
from app.models import MemberIdentity
from app.services import deliveries, delivery_outcomes, delivery_sheets, subscription_grants
from app.wiring import parts
from tests.conftest import NOON
from tests.factories.members import make_counter_member
from tests.factories.messages import accept, make_message_template, make_reachable, make_running
from tests.services.test_merges import PHONE, merge

NOT_TAKEN = SendOutcome(status="failed", reason="busy", action="retry_soon", errcode=-1, not_sent=True)
NO_GRANT = SendOutcome(status="failed", reason="no_grant", action="drop_grant", errcode=43101, not_sent=True)


@pytest.mark.parametrize(("outcome", "left", "used"), [(NOT_TAKEN, 2, 0), (NO_GRANT, 0, 0)])
def test_an_outcome_follows_the_merge(db_session: Session, outcome: SendOutcome, left: int, used: int) -> None:
    template = make_message_template()
    older, newer = make_counter_member(phone=PHONE), make_reachable(template)
    campaign = make_running(template)
    sheet = delivery_sheets.get(campaign.id, app_id=parts().config.wechat_appid)
    ticket = deliveries.claim_due(campaign.id, limit=5, now=NOON)[0]
    message = deliveries.start_dispatch(ticket, sheet=sheet, now=NOON)
    assert message is not None
    accept(newer, template, now=NOON)
    kept = merge(older, newer)
    delivery_outcomes.record(message, outcome, sheet=sheet, now=NOON)
    assert subscription_grants.remaining(kept.id) == {template.id: left}
    assert subscription_grants.remaining(newer.id) == {template.id: 0}
    sent = text("SELECT max(sent) FROM frequency_counter WHERE member_id = :kept")
    assert db_session.scalar(sent, {"kept": kept.id}) == used


def test_of_several_openids_the_latest_is_written_to(db_session: Session) -> None:
    template = make_message_template()
    member = make_reachable(template, openid="o-old")
    app_id = parts().config.wechat_appid
    db_session.add(MemberIdentity(member_id=member.id, kind="openid", app_id=app_id, value="o-new", linked_at=NOON))
    campaign = make_running(template)
    ticket = deliveries.claim_due(campaign.id, limit=5, now=NOON)[0]
    message = deliveries.start_dispatch(ticket, sheet=delivery_sheets.get(campaign.id, app_id=app_id), now=NOON)
    assert message is not None
    assert message.address == "o-new"
