"""A message is under way while two members become one: what it comes to still reaches the one who stays."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.gateways.wechat import SendOutcome
from app.services import deliveries, delivery_sheets, subscription_grants
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
    deliveries.record_outcome(message, outcome, sheet=sheet, now=NOON)
    assert subscription_grants.remaining(kept.id) == {template.id: left}
    assert subscription_grants.remaining(newer.id) == {template.id: 0}
    sent = text("SELECT max(sent) FROM frequency_counter WHERE member_id = :kept")
    assert db_session.scalar(sent, {"kept": kept.id}) == used
