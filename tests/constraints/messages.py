"""What refuses wrong topics, preferences, permissions, scenes and message caps."""

from tests.constraints.message_rows import SCENE, TOPIC, counter, grant, preference, scene, topic, touch
from tests.constraints.rows import ANNA
from tests.constraints.violation import NOBODY, Sql, Value, Violation, insert, refused


def _topic(code: str = "w_other", **changes: Value) -> Violation:
    return refused(insert("message_topic", topic(code, **changes)))


def _preference(**changes: Value) -> Violation:
    return refused(insert("message_preference", preference(**changes)))


def _grant(**changes: Value) -> Violation:
    return refused(insert("subscription_grant", grant(**changes)))


def _scene(**changes: Value) -> Violation:
    return refused(insert("subscription_scene", scene(**changes)))


def _counter(**changes: Value) -> Violation:
    return refused(insert("frequency_counter", counter(**changes)))


def _touch(**changes: Value) -> Violation:
    return refused(insert("topic_touch", touch(**changes)))


VIOLATIONS = {
    "ck_message_topic_channels_known": _topic(channels=Sql("ARRAY['subscribe', 'pigeon']")),
    "ck_message_topic_cool_off_range": _topic(cool_off_days=366),
    "ck_message_topic_marketing_can_be_refused": _topic(is_required=True),
    "ck_message_topic_official_for_service": _topic(is_marketing=True, channels=Sql("ARRAY['oa_template']")),
    "pk_message_topic": _topic(TOPIC),
    "ck_message_preference_channel_known": _preference(channel="pigeon"),
    "ck_message_preference_changed_by_known": _preference(changed_by="luck"),
    "fk_message_preference_member_id_member": _preference(member_id=NOBODY),
    "fk_message_preference_topic_message_topic": _preference(topic="nowhere"),
    "pk_message_preference": _preference(member_id=ANNA),
    "ck_subscription_grant_remaining_not_negative": _grant(remaining=-1),
    "fk_subscription_grant_member_id_member": _grant(member_id=NOBODY),
    "fk_subscription_grant_message_template_id_message_template": _grant(message_template_id=NOBODY),
    "pk_subscription_grant": _grant(member_id=ANNA),
    "ck_subscription_scene_scene_shape": _scene(scene="After Claim"),
    "ck_subscription_scene_weight_range": _scene(weight=0),
    "fk_subscription_scene_message_template_id_message_template": _scene(message_template_id=NOBODY),
    "pk_subscription_scene": _scene(scene=SCENE),
    "ck_frequency_counter_period_known": _counter(period="year"),
    "ck_frequency_counter_sent_within_cap": _counter(sent=4),
    "fk_frequency_counter_member_id_member": _counter(member_id=NOBODY),
    "pk_frequency_counter": _counter(member_id=ANNA),
    "ck_topic_touch_previous_before": _touch(previous_on="2026-11-21"),
    "fk_topic_touch_campaign_id_campaign": _touch(campaign_id=NOBODY),
    "fk_topic_touch_member_id_member": _touch(member_id=NOBODY),
    "fk_topic_touch_topic_message_topic": _touch(topic="nowhere"),
    "pk_topic_touch": _touch(member_id=ANNA),
}
UNCHANGED = (_topic(), _preference(), _grant(), _scene(), _counter(), _touch())
