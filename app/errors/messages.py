"""Refusals of messages and campaigns."""

from app.errors.tree import Conflict, InvalidInput, RuleBroken


class MessageFieldsInvalid(InvalidInput):
    """data: fields = {key: reason}."""

    code = "message_fields_invalid"


class MessageTemplateTaken(Conflict):
    """Another template already has this code or this WeChat template id."""

    code = "message_template_taken"


class MessageTemplateDisabled(RuleBroken):
    """data: code, of the template."""

    code = "message_template_disabled"


class CampaignNotApproved(RuleBroken):
    """The shop asks for a second person, and none has approved this campaign as it stands."""

    code = "campaign_not_approved"


class CampaignChanged(Conflict):
    """It was changed and submitted again after the submission that was to be approved."""

    code = "campaign_changed"


class CampaignRunStateConflict(Conflict):
    """data: state, wanted."""

    code = "campaign_run_state_conflict"


class ChannelUnknown(InvalidInput):
    """data: topic, channels (those the topic comes by)."""

    code = "channel_unknown"


class TopicRequired(RuleBroken):
    """data: topic, which the shop owes its members."""

    code = "topic_required"


class TopicTaken(Conflict):
    """Another topic already has this code."""

    code = "topic_taken"


class TopicInUse(Conflict):
    """data: topic; templates of it exist, so what it is cannot be softened any more."""

    code = "topic_in_use"


class CampaignStateConflict(Conflict):
    """data: state, wanted."""

    code = "campaign_state_conflict"


class RecipientsInvalid(InvalidInput):
    """data: staff = {public id: not_on_the_staff | no_membership_linked}."""

    code = "recipients_invalid"


class DeliveryStateConflict(Conflict):
    """data: state, wanted; somebody or an event was first, or this message must not be touched."""

    code = "delivery_state_conflict"
