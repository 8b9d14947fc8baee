"""What refuses a pace, a quota or a breaker that cannot be."""

from tests.constraints.violation import NOON, Row, Sql, Value, Violation, insert, refused


def _pace(**changes: Value) -> Violation:
    row: Row = {"account": "app:a", "pace_bp": 5_000, "throttled_at": NOON}
    return refused(insert("channel_pace", row | changes))


def _quota(**changes: Value) -> Violation:
    row: Row = {"account": "app:a", "day": "2026-11-20", "cap": 100, "used": 100}
    return refused(insert("channel_quota", row | changes))


def _breaker(**changes: Value) -> Violation:
    row: Row = {
        "scope": "template",
        "key": "7",
        "state": "open",
        "refusals": 0,
        "failed_probes": 0,
        "opened_at": NOON,
        "probe_at": NOON,
    }
    return refused(insert("send_breaker", row | changes))


def _twice(one: Violation) -> Violation:
    return refused(*one.statements, *one.statements)


VIOLATIONS = {
    "ck_channel_pace_pace_range": _pace(pace_bp=0),
    "ck_channel_pace_hold_whole": _pace(held_until=Sql(f"{NOON} + interval '1 day'")),
    "pk_channel_pace": _twice(_pace()),
    "ck_channel_quota_used_within_cap": _quota(used=101),
    "pk_channel_quota": _twice(_quota()),
    "ck_send_breaker_scope_known": _breaker(scope="luck"),
    "ck_send_breaker_state_known": _breaker(state="ajar"),
    "ck_send_breaker_refusals_not_negative": _breaker(refusals=-1),
    "ck_send_breaker_failed_probes_not_negative": _breaker(failed_probes=-1),
    "ck_send_breaker_open_has_times": _breaker(probe_at=None),
    "pk_send_breaker": _twice(_breaker()),
}
UNCHANGED = (_pace(), _quota(), _breaker())
