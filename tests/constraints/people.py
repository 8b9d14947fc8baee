"""What refuses wrong consents, merges, events, badges and permissions."""

# ruff: noqa: S608  (the statements are our own constants)

from tests.constraints.rows import (
    ANNA,
    BADGE,
    BERT,
    CARL,
    CONSENT,
    GRANTED,
    MERGE,
    NOTE,
    WISH,
    WORN,
    badge,
    consent,
    erasure_request,
    grant_entry,
    member_note,
    taken,
)
from tests.constraints.rows import member_event as event
from tests.constraints.violation import LATER, NOBODY, NOON, Row, Value, Violation, insert, refused


def _consent(number: int = 9899, **changes: Value) -> Violation:
    return refused(insert("consent", consent(number, **changes)))


def _merge(number: int = 9898, *, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    row: Row = {
        "id": number,
        "kept_id": ANNA,
        "merged_id": BERT,
        "reason": "phone",
        "points_moved": 0,
        "growth_moved": 0,
        "coupons_moved": 0,
        "merged_at": NOON,
    }
    return refused(insert("member_merge", row | changes), without=without)


def _event(**changes: Value) -> Violation:
    return refused(insert("member_event", event(**changes)))


def _badge(number: int = 9897, **changes: Value) -> Violation:
    return refused(insert("badge", badge(number, **changes)))


def _worn(**changes: Value) -> Violation:
    row: Row = {"member_id": BERT, "badge_id": BADGE, "awarded_at": NOON}
    return refused(insert("member_badge", row | changes))


def _grant(number: int = 9896, **changes: Value) -> Violation:
    return refused(insert("subscription_grant_entry", grant_entry(number, **changes)))


def _note(number: int = 9893, **changes: Value) -> Violation:
    return refused(insert("member_note", member_note(number, **changes)))


def _wish(number: int = 9892, **changes: Value) -> Violation:
    return refused(insert("erasure_request", erasure_request(number, **changes)))


WISHES = {
    "ck_erasure_request_ended_has_instant": _wish(ended_at=LATER),
    "ck_erasure_request_staff_tells_why": _wish(reason="asked"),
    "ck_erasure_request_state_known": _wish(state="lost", ended_at=LATER),
    "ck_erasure_request_thought_over": _wish(state="done", ended_at=NOON),
    "fk_erasure_request_member_id_member": _wish(member_id=NOBODY),
    "fk_erasure_request_staff_id_staff": _wish(staff_id=NOBODY, reason="asked"),
    "pk_erasure_request": _wish(WISH),
    "uq_erasure_request_public_id": _wish(public_id=taken(WISH)),
    "uq_erasure_request_waiting": _wish(member_id=ANNA),
}
NOTES = {
    "ck_member_note_note_length": _note(note=""),
    "fk_member_note_member_id_member": _note(member_id=NOBODY),
    "fk_member_note_store_id_store": _note(store_id=NOBODY),
    "fk_member_note_written_by_id_staff": _note(written_by_id=NOBODY),
    "pk_member_note": _note(NOTE),
    "uq_member_note_public_id": _note(public_id=taken(NOTE)),
}
VIOLATIONS = (
    NOTES
    | WISHES
    | {
        "ck_consent_purpose_known": _consent(purpose="luck"),
        "fk_consent_member_id_member": _consent(member_id=NOBODY),
        "pk_consent": _consent(CONSENT),
        "tr_consent_append_only": refused(f"UPDATE consent SET granted = NOT granted WHERE id = {CONSENT}"),
        "tr_consent_only_active": _consent(member_id=CARL),
        "ck_member_merge_two_members": _merge(kept_id=BERT),
        "fk_member_merge_kept_id_member": _merge(kept_id=NOBODY),
        "fk_member_merge_merged_id_member": _merge(merged_id=NOBODY),
        "pk_member_merge": _merge(MERGE),
        "uq_member_merge_merged_id": _merge(merged_id=CARL),
        "tr_member_merge_append_only": refused("UPDATE member_merge SET points_moved = points_moved + 1"),
        "ck_member_event_kind_known": _event(kind="luck"),
        "fk_member_event_member_id_member_account": _event(member_id=NOBODY),
        "pk_member_event": _event(member_id=ANNA),
        "tr_member_event_kept": refused(f"UPDATE member_event SET occurred_at = {LATER}"),
        "tr_member_event_no_delete": refused("DELETE FROM member_event"),
        "ck_badge_fact_known": _badge(fact="luck"),
        "ck_badge_target_positive": _badge(target=0),
        "pk_badge": _badge(BADGE, code="other", target=7777),
        "uq_badge_code": _badge(code=f"badge-{BADGE}"),
        "uq_badge_fact_target": _badge(target=BADGE),
        "uq_badge_public_id": _badge(public_id=taken(BADGE)),
        "fk_member_badge_badge_id_badge": _worn(badge_id=NOBODY),
        "fk_member_badge_member_id_member_account": _worn(member_id=NOBODY),
        "pk_member_badge": _worn(member_id=ANNA),
        "tr_member_badge_kept": refused(f"UPDATE member_badge SET awarded_at = {LATER} WHERE member_id = {WORN}"),
        "tr_member_badge_no_delete": refused("DELETE FROM member_badge"),
        "ck_subscription_grant_entry_delta_fits_kind": _grant(delta=2),
        "ck_subscription_grant_entry_kind_known": _grant(kind="luck", delta=0),
        "ck_subscription_grant_entry_match_adds_nothing": _grant(matches_id=GRANTED),
        "fk_subscription_grant_entry_matches_id_subscription_grant_entry": _grant(matches_id=NOBODY, delta=0),
        "fk_subscription_grant_entry_member_id_member": _grant(member_id=NOBODY),
        "fk_subscription_grant_entry_message_template_id_message_a150": _grant(message_template_id=NOBODY),
        "pk_subscription_grant_entry": _grant(GRANTED, source="other"),
        "uq_subscription_grant_entry_matches_id": refused(
            *_grant(9895, matches_id=GRANTED, delta=0).statements, *_grant(9894, matches_id=GRANTED, delta=0).statements
        ),
        "uq_subscription_grant_entry_member_id_message_template__bf82": _grant(source=f"source-{GRANTED}"),
        "tr_subscription_grant_entry_append_only": refused("DELETE FROM subscription_grant_entry"),
    }
)
