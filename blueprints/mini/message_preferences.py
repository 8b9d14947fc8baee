"""My preference centre: what I want to be told, by which channel; marketing off in one call."""

from apiflask import APIBlueprint

from app import transaction
from app.services import consents, message_preferences
from blueprints.identity import allow, current_member, now
from blueprints.schemas.preferences import PreferencesIn, PreferencesOut

bp = APIBlueprint("message_preferences", __name__, tag="messages")


@bp.get("/message-preferences")
@bp.output(PreferencesOut)
@allow("member")
def show() -> PreferencesOut:
    """Every topic and channel, on or off, and what is locked."""
    return _view(current_member().id)


@bp.put("/message-preferences")
@bp.input(PreferencesIn)
@bp.output(PreferencesOut)
@allow("member")
def choose(json_data: PreferencesIn) -> PreferencesOut:
    """Switch topics and channels, give or withdraw marketing consent. What is on its way is stopped at once."""
    member_id, marketing, at = current_member().id, json_data.marketing, now()

    def work() -> None:
        message_preferences.choose(member_id, json_data.asked(), changed_by="member", now=at)
        if marketing is not None:
            consents.decide_marketing(
                member_id,
                granted=marketing.granted,
                document_version=marketing.document_version,
                channel="mini",
                now=at,
            )

    transaction.run(work)
    return _view(member_id)


def _view(member_id: int) -> PreferencesOut:
    return PreferencesOut.of(message_preferences.list_choices(member_id), consents.standing(member_id, "marketing"))
