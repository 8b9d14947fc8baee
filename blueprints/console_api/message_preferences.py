"""A member's preferences, as the shop sees them; off at the member's own request."""

from uuid import UUID

from apiflask import APIBlueprint

from app import transaction
from app.models import Member
from app.services import consents, members, message_preferences
from blueprints.identity import actor, allow, now
from blueprints.schemas.preferences import PreferencesOut, SwitchOffIn

bp = APIBlueprint("message_preferences", __name__, tag="members")


@bp.get("/members/<uuid:member_id>/message-preferences")
@bp.output(PreferencesOut)
@allow("manager", "marketer", "auditor", "admin")
def show(member_id: UUID) -> PreferencesOut:
    """What a member wants to be told, who said so and when."""
    return _view(members.get_by_public_id(member_id))


@bp.post("/members/<uuid:member_id>/message-preferences/switch-off")
@bp.input(SwitchOffIn)
@bp.output(PreferencesOut)
@allow("manager", "admin")
def switch_off(member_id: UUID, json_data: SwitchOffIn) -> PreferencesOut:
    """Switch topics off, or withdraw marketing consent, because the member asked; only the member switches on again."""
    member = members.get_by_public_id(member_id)
    transaction.run(
        lambda: message_preferences.switch_off_for(
            member.id,
            switches=json_data.asked(),
            withdraws_marketing=json_data.withdraw_marketing,
            reason=json_data.reason,
            actor=actor(),
            now=now(),
        )
    )
    return _view(member)


def _view(member: Member) -> PreferencesOut:
    return PreferencesOut.of(message_preferences.list_choices(member.id), consents.standing(member.id, "marketing"))
