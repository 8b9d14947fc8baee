"""One row of each table of topics, preferences, permissions, scenes and caps, fine as it stands beside the world."""

from tests.constraints.campaign_rows import CAMPAIGN
from tests.constraints.rows import ANNA, BERT, TEMPLATE
from tests.constraints.violation import NOON, Row, Sql, Value

TOPIC, SCENE, DAY = "w9", "w_scene", "2026-11-20"


def topic(code: str, **changes: Value) -> Row:
    """Marketing by one channel."""
    row: Row = {
        "code": code,
        "name": "",
        "name_en": "",
        "is_marketing": True,
        "is_required": False,
        "cool_off_days": 0,
        "channels": Sql("ARRAY['subscribe']"),
        "updated_at": NOON,
    }
    return row | changes


def preference(**changes: Value) -> Row:
    """Bert's no."""
    row: Row = {
        "member_id": BERT,
        "topic": TOPIC,
        "channel": "subscribe",
        "is_on": False,
        "changed_by": "member",
        "changed_at": NOON,
    }
    return row | changes


def grant(**changes: Value) -> Row:
    """Nothing left for Bert."""
    row: Row = {"member_id": BERT, "message_template_id": TEMPLATE, "remaining": 0, "updated_at": NOON}
    return row | changes


def scene(**changes: Value) -> Row:
    """Another moment for the template."""
    row: Row = {"scene": "w_other", "message_template_id": TEMPLATE, "weight": 10}
    return row | changes


def counter(**changes: Value) -> Row:
    """Bert had one of three messages today."""
    row: Row = {"member_id": BERT, "period": "day", "starts_on": DAY, "sent": 1, "cap": 3}
    return row | changes


def touch(**changes: Value) -> Row:
    """Bert was told something today."""
    row: Row = {
        "member_id": BERT,
        "topic": TOPIC,
        "touched_on": DAY,
        "campaign_id": CAMPAIGN,
        "occurrence": "w",
    }
    return row | changes


# What stands in the world: Anna's.
WORLD: tuple[tuple[str, Row], ...] = (
    ("message_topic", topic(TOPIC)),
    ("message_preference", preference(member_id=ANNA)),
    ("subscription_grant", grant(member_id=ANNA, remaining=1)),
    ("subscription_scene", scene(scene=SCENE)),
    ("frequency_counter", counter(member_id=ANNA)),
)
