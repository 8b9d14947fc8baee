"""One row of each table of message channels, fine as it stands beside the world."""

from tests.constraints.rows import ANNA, TEMPLATE
from tests.constraints.violation import NOON, Row, Sql, Value

BYTES = Sql("decode('00', 'hex')")


def channel_text(**changes: Value) -> Row:
    """A letter."""
    row: Row = {
        "message_template_id": TEMPLATE,
        "channel": "email",
        "external_template_id": None,
        "subject": "s",
        "body": "b",
        "updated_at": NOON,
    }
    return row | changes


def contact(**changes: Value) -> Row:
    """Anna's address."""
    row: Row = {
        "member_id": ANNA,
        "kind": "email",
        "value_cipher": BYTES,
        "value_index": BYTES,
        "masked": "a***@example.com",
        "verified_at": NOON,
    }
    return row | changes


def contact_code(**changes: Value) -> Row:
    """A code on its way to Anna."""
    row = contact() | {"code_hash": BYTES, "tries": 0, "expires_at": NOON} | changes
    del row["verified_at"]
    return row


def follower(**changes: Value) -> Row:
    """Somebody follows."""
    return {"app_id": "wx", "openid": "oa-1", "followed_at": NOON} | changes
