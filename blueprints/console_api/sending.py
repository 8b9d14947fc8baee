"""What holds sending back now, and a person's word about it."""

from apiflask import APIBlueprint

from app.services import sending
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.schemas.sending import AccountStepIn, SendingOut, TemplateStepIn

bp = APIBlueprint("sending", __name__, tag="campaigns")


@bp.get("/sending")
@bp.output(SendingOut)
@allow("marketer", "manager", "auditor", "admin")
def look() -> SendingOut:
    """What stands still or goes slowly: breakers of templates and accounts, accounts slowed or held, the day's quotas."""
    return SendingOut.of(sending.look(now=now()))


@bp.post("/sending/templates")
@bp.input(TemplateStepIn)
@bp.output(SendingOut)
@allow("manager", "admin")
def decide_template(json_data: TemplateStepIn) -> SendingOut:
    """Let one message of a stopped template try at once, or say that the template is mended."""
    with transaction():
        sending.decide_template(json_data.message_template_id, step=json_data.step, actor=actor(), now=now())
    return SendingOut.of(sending.look(now=now()))


@bp.post("/sending/accounts")
@bp.input(AccountStepIn)
@bp.output(SendingOut)
@allow("manager", "admin")
def decide_account(json_data: AccountStepIn) -> SendingOut:
    """Let one message over a stopped account try at once, say that it is mended, or end a hold."""
    with transaction():
        sending.decide_account(json_data.account, step=json_data.step, actor=actor(), now=now())
    return SendingOut.of(sending.look(now=now()))
