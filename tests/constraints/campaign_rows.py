"""One row of each table of campaigns, fine as it stands beside the world."""

from tests.constraints.rows import ANNA, BOSS, CLERK, TEMPLATE
from tests.constraints.violation import LATER, NOON, UUID, Row, Sql, Value

CAMPAIGN = 9841
EMPTY_TIERS = Sql("'{}'::bigint[]")


def campaign(number: int, **changes: Value) -> Row:
    """A draft of a one-off."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "name": f"campaign-{number}",
        "kind": "one_off",
        "state": "draft",
        "refusals_in_a_row": 0,
        "message_template_id": TEMPLATE,
        "field_values": "{}",
        "tier_ids": EMPTY_TIERS,
        "created_by_id": CLERK,
        "created_at": NOON,
    }
    return row | changes


def repeating(number: int, **changes: Value) -> Row:
    """A daily one."""
    return campaign(number, kind="recurring", repeat='{"every": "day"}', send_time="10:00") | changes


def run(**changes: Value) -> Row:
    """A run that is being expanded."""
    row: Row = {
        "campaign_id": CAMPAIGN,
        "occurrence": "1",
        "state": "expanding",
        "due_at": NOON,
        "latest_start_at": LATER,
        "cursor_member_id": 0,
        "max_member_id": 10,
        "targeted": 0,
        "started_at": NOON,
    }
    return row | changes


def variant(**changes: Value) -> Row:
    """Half of everybody."""
    row: Row = {"campaign_id": CAMPAIGN, "code": "B", "share_bp": 5000, "field_values": "{}"}
    return row | changes


def delivery(**changes: Value) -> Row:
    """A message to Anna that waits."""
    row: Row = {
        "campaign_id": CAMPAIGN,
        "occurrence": "1",
        "member_id": ANNA,
        "state": "planned",
        "message_template_id": TEMPLATE,
        "due_at": NOON,
        "attempts": 0,
        "awaiting_event": False,
    }
    return row | changes


# Whom the world's campaign was approved by, and its first run with a message on its way.
WORLD_CAMPAIGN: Row = {
    "state": "expanding",
    "scheduled_at": NOON,
    "submitted_by_id": CLERK,
    "submitted_at": NOON,
    "approved_by_id": BOSS,
}
OPEN: Row = {"state": "sent", "occurrence": "0", "openid": "o-w", "awaiting_event": True, "dispatched_at": NOON,
             "link_code": "w"}  # fmt: skip
