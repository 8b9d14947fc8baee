"""Messages that failed or are in doubt: look, retry, resend by a manager's word, settle by hand."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import campaigns, dead_letters
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.schemas.dead_letters import GroupsOut, LetterIn, ResendIn, RetriedOut, RetryAllIn, SettleIn

bp = APIBlueprint("dead_letters", __name__, tag="campaigns")

READERS = ("marketer", "manager", "auditor", "admin")
WRITERS = ("marketer", "manager", "admin")
# Whoever sends what may have arrived answers for it.
DECIDERS = ("manager", "admin")


@bp.get("/dead-letters")
@bp.output(GroupsOut)
@allow(*READERS)
def groups() -> GroupsOut:
    """Failed messages and those in doubt, over all campaigns, by campaign and what was answered."""
    return GroupsOut.of(dead_letters.list_groups())


@bp.post("/campaigns/<uuid:campaign_id>/retries")
@bp.input(RetryAllIn)
@bp.output(RetriedOut)
@allow(*WRITERS)
@idempotent
def retry_all(campaign_id: UUID, json_data: RetryAllIn) -> RetriedOut:
    """Plan anew what failed with one errcode; everything is checked again when it leaves."""
    campaign = campaigns.get_by_public_id(campaign_id)
    count = dead_letters.retry_all(campaign, errcode=json_data.errcode, actor=actor(), now=now())
    return RetriedOut(messages=count)


@bp.post("/campaigns/<uuid:campaign_id>/deliveries/retry")
@bp.input(LetterIn)
@bp.output(RetriedOut)
@allow(*WRITERS)
@idempotent
def retry(campaign_id: UUID, json_data: LetterIn) -> RetriedOut:
    """Plan one failed message anew."""
    dead_letters.retry(campaigns.get_by_public_id(campaign_id), json_data.letter, actor=actor(), now=now())
    return RetriedOut(messages=1)


@bp.post("/campaigns/<uuid:campaign_id>/deliveries/resend")
@bp.input(ResendIn)
@bp.output(RetriedOut)
@allow(*DECIDERS)
@idempotent
def resend(campaign_id: UUID, json_data: ResendIn) -> RetriedOut:
    """Send a message in doubt again, once; the member may get it twice, and the audit keeps who said so."""
    campaign = campaigns.get_by_public_id(campaign_id)
    dead_letters.resend(campaign, json_data.letter, reason=json_data.reason, actor=actor(), now=now())
    return RetriedOut(messages=1)


@bp.post("/campaigns/<uuid:campaign_id>/deliveries/settle")
@bp.input(SettleIn)
@bp.output(RetriedOut)
@allow(*DECIDERS)
@idempotent
def settle(campaign_id: UUID, json_data: SettleIn) -> RetriedOut:
    """Write down what a person found out about a message in doubt; nothing is sent."""
    campaign = campaigns.get_by_public_id(campaign_id)
    dead_letters.settle(
        campaign, json_data.letter, state=json_data.state, reason=json_data.reason, actor=actor(), now=now()
    )
    return RetriedOut(messages=0)
