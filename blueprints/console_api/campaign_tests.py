"""Test sends: a campaign's message to named colleagues, and what became of it."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import campaign_tests, campaigns
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.schemas.campaign_tests import ColleaguesOut, TestSendIn, TestSendOut, TestSendsOut

bp = APIBlueprint("campaign_tests", __name__, tag="campaigns")


@bp.post("/campaigns/<uuid:campaign_id>/test-sends")
@bp.input(TestSendIn)
@bp.output(TestSendOut, status_code=201)
@allow("marketer", "admin")
@idempotent
def send(campaign_id: UUID, json_data: TestSendIn) -> TestSendOut:
    """Send a campaign's message to named colleagues in their own membership; it waits an hour at most."""
    sent = campaign_tests.send(
        campaigns.get_by_public_id(campaign_id),
        staff_ids=json_data.staff_ids,
        variant=json_data.variant,
        actor=actor(),
        now=now(),
    )
    return TestSendOut.model_validate(sent)


@bp.get("/campaigns/<uuid:campaign_id>/test-sends")
@bp.output(TestSendsOut)
@allow("marketer", "manager", "auditor", "admin")
def list_sent(campaign_id: UUID) -> TestSendsOut:
    """The latest twenty tests of a campaign, newest first, with what became of each message."""
    sent = campaign_tests.list_sent(campaigns.get_by_public_id(campaign_id))
    return TestSendsOut(data=[TestSendOut.model_validate(one) for one in sent])


@bp.get("/campaign-test-recipients")
@bp.output(ColleaguesOut)
@allow("marketer", "manager", "auditor", "admin")
def recipients() -> ColleaguesOut:
    """Colleagues whom a test can reach: at work, and members themselves; at most 200, by name."""
    return ColleaguesOut.model_validate({"data": campaign_tests.list_recipients()})
