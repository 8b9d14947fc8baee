"""What each constraint on campaigns, their runs and variants, and deliveries alone refuses."""

from tests.constraints.campaign_rows import CAMPAIGN, campaign, delivery, repeating, run, variant
from tests.constraints.rows import BERT, BOSS, CLERK, taken
from tests.constraints.violation import LATER, NOBODY, NOON, Sql, Value, Violation, insert, refused

OTHER = 7841


def _campaign(*, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(insert("campaign", campaign(OTHER, **changes)), without=without)


def _repeating(**changes: Value) -> Violation:
    return refused(insert("campaign", repeating(OTHER, **changes)))


def _run(**changes: Value) -> Violation:
    return refused(insert("campaign_run", run(**changes)))


def _variant(**changes: Value) -> Violation:
    return refused(insert("campaign_variant", variant(**changes)))


def _delivery(**changes: Value) -> Violation:
    return refused(insert("delivery", delivery(**changes)))


CAMPAIGNS = {
    "pk_campaign": _campaign(id=CAMPAIGN),
    "uq_campaign_public_id": _campaign(public_id=taken(CAMPAIGN)),
    "ck_campaign_kind_known": _campaign(kind="hourly", state="draft"),
    "ck_campaign_state_known": _campaign(state="asleep", scheduled_at=NOON),
    "ck_campaign_scheduled_kinds": _repeating(scheduled_at=NOON),
    "ck_campaign_scheduled_has_time": _campaign(state="scheduled"),
    "ck_campaign_latest_after_scheduled": _campaign(scheduled_at=NOON, latest_start_at=NOON),
    "ck_campaign_days_before_kinds": _campaign(days_before=1),
    "ck_campaign_days_before_range": _campaign(kind="birthday", days_before=61),
    "ck_campaign_days_after_kinds": _campaign(days_after=1),
    "ck_campaign_days_after_range": _campaign(kind="welcome", days_after=731),
    "ck_campaign_festival_kinds": _campaign(festival="qixi"),
    "ck_campaign_repeat_kinds": _campaign(repeat="{}"),
    "ck_campaign_repeating_has_time": _repeating(send_time=None),
    "ck_campaign_ends_on_kinds": _campaign(ends_on="2026-12-31"),
    "ck_campaign_next_run_kinds": _campaign(next_run_at=NOON),
    "ck_campaign_max_late_range": _campaign(max_late_minutes=0),
    "ck_campaign_segment_whole": _campaign(segment_version=1),
    "ck_campaign_send_time_shape": _campaign(send_time="24:00"),
    "ck_campaign_sends_per_second_positive": _campaign(sends_per_second=0),
    "ck_campaign_priority_range": _campaign(priority=10),
    "ck_campaign_holdout_range": _campaign(holdout_bp=5001),
    "ck_campaign_points_gift_positive": _campaign(points_gift=0),
    "ck_campaign_benefit_for_known": _campaign(benefit_for="some"),
    "ck_campaign_approved_by_another": _campaign(submitted_by_id=BOSS, submitted_at=NOON, approved_by_id=BOSS),
    "ck_campaign_approved_by_no_writer": _campaign(submitted_by_id=BOSS, submitted_at=NOON, approved_by_id=CLERK),
    "ck_campaign_submitted_by_somebody": _campaign(submitted_at=NOON),
    "ck_campaign_review_has_author": _campaign(state="in_review"),
    "ck_campaign_approval_has_author": _campaign(state="approved", submitted_by_id=CLERK, submitted_at=NOON),
    "ck_campaign_paused_from_somewhere": _campaign(state="paused", scheduled_at=NOON),
    "ck_campaign_refusals_not_negative": _campaign(refusals_in_a_row=-1),
    "fk_campaign_message_template_id_message_template": _campaign(message_template_id=NOBODY),
    "fk_campaign_coupon_batch_id_coupon_batch": _campaign(coupon_batch_id=NOBODY),
    "fk_campaign_member_list_id_member_list": _campaign(member_list_id=NOBODY),
    "fk_campaign_segment_segment_version": _campaign(segment_id=NOBODY, segment_version=1),
    "fk_campaign_parent_id_campaign": _campaign(parent_id=NOBODY),
    "fk_campaign_created_by_id_staff": _campaign(created_by_id=NOBODY),
    "fk_campaign_submitted_by_id_staff": _campaign(submitted_by_id=NOBODY, submitted_at=NOON),
    "fk_campaign_approved_by_id_staff": _campaign(approved_by_id=NOBODY),
}

RUNS = {
    "pk_campaign_run": _run(occurrence="0"),
    "fk_campaign_run_campaign_id_campaign": _run(campaign_id=NOBODY),
    "ck_campaign_run_state_known": _run(state="paused", finished_at=NOON),
    "ck_campaign_run_latest_after_due": _run(latest_start_at=NOON),
    "ck_campaign_run_cursor_within": _run(cursor_member_id=11),
    "ck_campaign_run_targeted_not_negative": _run(targeted=-1),
    "ck_campaign_run_finished_has_time": _run(state="done"),
}

VARIANTS = {
    "pk_campaign_variant": _variant(code="A"),
    "fk_campaign_variant_campaign_id_campaign": _variant(campaign_id=NOBODY),
    "ck_campaign_variant_code_shape": _variant(code="I"),
    "ck_campaign_variant_share_range": _variant(share_bp=0),
}

_OPEN: dict[str, Value] = {"state": "sent", "dispatched_at": NOON, "openid": "o-w", "awaiting_event": True}

DELIVERIES = {
    "pk_delivery": _delivery(occurrence="0"),
    "uq_delivery_open_dispatch": _delivery(**_OPEN),
    "uq_delivery_link_code": _delivery(link_code="w"),
    "fk_delivery_campaign_id_campaign": _delivery(campaign_id=NOBODY),
    "fk_delivery_member_id_member": _delivery(member_id=NOBODY),
    "fk_delivery_message_template_id_message_template": _delivery(message_template_id=NOBODY),
    "ck_delivery_state_known": _delivery(state="lost"),
    "ck_delivery_channel_known": _delivery(channel="pigeon"),
    "ck_delivery_tried_channels_known": _delivery(tried_channels=Sql("ARRAY['pigeon']")),
    "ck_delivery_channel_tried_once": _delivery(channel="sms", tried_channels=Sql("ARRAY['sms']")),
    "ck_delivery_benefit_known": _delivery(benefit="perhaps"),
    "ck_delivery_opened_by_link": _delivery(opened_at=LATER),
    "ck_delivery_suppressed_has_reason": _delivery(state="suppressed"),
    "ck_delivery_dispatched_has_time": _delivery(state="sent"),
    "ck_delivery_attempts_not_negative": _delivery(attempts=-1),
    "ck_delivery_claimed_has_lease": _delivery(state="claimed", claim_token=Sql("gen_random_uuid()")),
}

VIOLATIONS = CAMPAIGNS | RUNS | VARIANTS | DELIVERIES
UNCHANGED = (_campaign(), _repeating(), _run(), _variant(), _delivery(), _delivery(member_id=BERT))
