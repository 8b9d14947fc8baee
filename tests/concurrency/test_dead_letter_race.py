"""Two people and WeChat's event at one instant over one message in doubt: exactly one of them settles it."""

from datetime import timedelta

from sqlalchemy import text

from app.actor import Actor
from app.extensions import db
from app.models import Campaign, Delivery
from app.services import dead_letters, doubts
from app.services.dead_letters import Letter
from app.transaction import transaction
from tests.concurrency.race import Call, Racers
from tests.conftest import NOON, CommittedDatabase
from tests.factories.messages import make_message_template, make_reachable, make_running, staff_actor

ROUNDS = 3


def act(*, wanted: str, campaign_id: int, member: str, staff_id: int, openid: str, template: str) -> str:
    """A person's word, or the event's."""
    import uuid

    campaign = db.session.get_one(Campaign, campaign_id)
    letter, actor = Letter(uuid.UUID(member), "0"), Actor(kind="staff", id=staff_id, role="manager")
    if wanted == "event":
        done = doubts.settle_by_event(
            openid, wechat_template_id=template, status="success", errcode=0, msgid=None, now=NOON
        )
        return "event" if done else "nothing"
    if wanted == "resend":
        dead_letters.resend(campaign, letter, reason="r", actor=actor, now=NOON)
    elif wanted == "retry":
        dead_letters.retry(campaign, letter, actor=actor, now=NOON)
    else:
        dead_letters.settle(campaign, letter, state="failed", reason="r", actor=actor, now=NOON)
    return wanted


def test_one_of_them_decides(committed_db: CommittedDatabase, racers: Racers) -> None:
    cases = (
        ("in_doubt", True, ("settle", "settle", "event", "event", "resend", "resend")),
        ("in_doubt", False, ("settle", "settle", "resend", "resend", "event", "retry")),
        ("failed", False, ("retry",) * 6),
    )
    for number, (state, waiting, wanted) in enumerate(cases * ROUNDS):
        with committed_db.session(), transaction():
            template = make_message_template()
            member = make_reachable(template, nickname=f"客人{number}")
            campaign = make_running(template)
            row = db.session.get_one(Delivery, (campaign.id, "0", member.id))
            row.state, row.awaiting_event, row.dispatched_at = state, waiting, NOON - timedelta(hours=1)
            common = {
                "campaign_id": campaign.id,
                "member": str(member.public_id),
                "staff_id": staff_actor().id,
                "openid": row.openid or "",
                "template": template.wechat_template_id,
            }
        outcomes = racers.run(committed_db, [Call(act, {**common, "wanted": one}) for one in wanted])
        done = [outcome.value for outcome in outcomes if outcome.ok and outcome.value != "nothing"]
        assert len(done) == 1, (state, waiting, outcomes)
        # While the event may come, nobody resends.
        assert not waiting or done != ["resend"]
        assert {outcome.code for outcome in outcomes if not outcome.ok} <= {"delivery_state_conflict"}
        with committed_db.session():
            notes = db.session.scalar(
                text("SELECT count(*) FROM audit_entry WHERE action LIKE 'delivery.%' AND object_id = :id"),
                {"id": common["campaign_id"]},
            )
        assert notes == (0 if done == ["event"] else 1)
