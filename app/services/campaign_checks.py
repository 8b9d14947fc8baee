"""What a campaign must say, by its kind, and that its texts fit the template. docs/domain/campaigns.md"""

from collections.abc import Mapping, Sequence
from typing import Final

from app.errors import InvalidInput, MessageFieldsInvalid
from app.models import Campaign, CampaignVariant, MessageTemplate
from app.models.campaign import AUTOMATIONS
from app.rules import automation_conditions, festivals, message_text, recurrence

ALL_MEMBERS_BP: Final = 10_000

# A column belongs to these kinds, and they cannot do without it. As the table's CHECKs say.
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "days_before": ("birthday", "anniversary", "festival"),
    "days_after": ("welcome", "lapse", "after_purchase"),
    "festival": ("festival",),
    "repeat": ("recurring",),
}
# A column that only these kinds may have.
ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "scheduled_at": ("one_off", "test"),
    "latest_start_at": ("one_off", "test"),
    "ends_on": ("recurring", "festival"),
    "send_time": ("recurring", "festival", *AUTOMATIONS),
}


def check(campaign: Campaign, template: MessageTemplate, variants: Sequence[CampaignVariant]) -> None:
    """Errors: InvalidInput(field, reason), MessageFieldsInvalid(fields={key: reason}), AutomationConditionsInvalid."""
    _check_kind(campaign)
    _check_times(campaign)
    _check_shares(variants)
    problems = find_problems(campaign, template, campaign.field_values)
    for variant in variants:
        problems |= find_problems(campaign, template, {**campaign.field_values, **variant.field_values})
    if problems:
        raise MessageFieldsInvalid(fields=problems)


def find_problems(campaign: Campaign, template: MessageTemplate, values: Mapping[str, str]) -> dict[str, str]:
    """Why these texts of the campaign cannot be sent: {key: reason}."""
    return message_text.find_problems(
        template.fields,
        values,
        choices=template.enums,
        has_gift=campaign.coupon_batch_id is not None,
        has_points=campaign.points_gift is not None,
    )


def _check_kind(campaign: Campaign) -> None:
    for field, kinds in NEEDED.items():
        has = getattr(campaign, field) is not None
        if has != (campaign.kind in kinds):
            raise InvalidInput(field=field, reason="not_for_this_kind" if has else "missing")
    for field, kinds in ALLOWED.items():
        if getattr(campaign, field) is not None and campaign.kind not in kinds:
            raise InvalidInput(field=field, reason="not_for_this_kind")
    if campaign.kind == "lapse" and campaign.days_after == 0:
        raise InvalidInput(field="days_after", reason="at_least_one")
    automation_conditions.check(campaign.conditions, kind=campaign.kind)
    if campaign.festival is not None and campaign.festival not in festivals.CODES:
        raise InvalidInput(field="festival", reason="unknown")
    problem = None if campaign.repeat is None else recurrence.find_problem(campaign.repeat)
    if problem:
        raise InvalidInput(field="repeat", reason=problem)


def _check_times(campaign: Campaign) -> None:
    if campaign.kind in ("recurring", "festival") and campaign.send_time is None:
        raise InvalidInput(field="send_time", reason="missing")
    if campaign.latest_start_at is None:
        return
    if campaign.scheduled_at is None:
        raise InvalidInput(field="latest_start_at", reason="needs scheduled_at")
    if campaign.latest_start_at <= campaign.scheduled_at:
        raise InvalidInput(field="latest_start_at", reason="must be after scheduled_at")


def _check_shares(variants: Sequence[CampaignVariant]) -> None:
    if variants and sum(variant.share_bp for variant in variants) != ALL_MEMBERS_BP:
        raise InvalidInput(field="variants", reason="shares must add up to 10000")
