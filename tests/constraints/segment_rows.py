"""One row of each table of segments, tags and figures, fine as it stands beside the world."""

from tests.constraints.coupon_rows import LIST
from tests.constraints.rows import ANNA, BERT, CLERK, taken
from tests.constraints.violation import DAY, LATER, NOON, UUID, Row, Sql, Value

SEGMENT, TAG = 9951, 9952


def segment(number: int, **changes: Value) -> Row:
    """In its first version, never counted."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "name": f"name-{number}",
        "description": "",
        "version": 1,
        "is_active": True,
        "created_by_id": CLERK,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return row | changes


def version(**changes: Value) -> Row:
    """The second of the world's segment."""
    row: Row = {
        "segment_id": SEGMENT,
        "version": 2,
        "rule": Sql("'{}'"),
        "created_by_id": CLERK,
        "created_at": NOON,
    }
    return row | changes


def segment_list(**changes: Value) -> Row:
    """The world's list begins to follow the world's segment."""
    row: Row = {"list_id": LIST, "segment_id": SEGMENT, "segment_version": 1, "until_at": LATER, "due_at": NOON}
    return row | changes


def tag(number: int, **changes: Value) -> Row:
    """A tag."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "name": f"name-{number}",
        "created_by_id": CLERK,
        "created_at": NOON,
    }
    return row | changes


def member_tag(**changes: Value) -> Row:
    """The world's tag on Bert."""
    row: Row = {"member_id": BERT, "tag_id": TAG, "added_by_id": CLERK, "added_at": NOON}
    return row | changes


def figure(**changes: Value) -> Row:
    """Bert bought twice, the second time after a long while."""
    row: Row = {
        "member_id": BERT,
        "first_purchase_on": "2026-01-01",
        "last_purchase_on": DAY,
        "returned_on": DAY,
        "purchases": 2,
        "spent_fen": 200,
        "purchases_year": 1,
        "spent_year_fen": 100,
        "recency": 5,
        "frequency": 1,
        "money": 1,
        "stage": "won_back",
        "stage_since": DAY,
        "previous_stage": "lapsed",
        "computed_on": DAY,
    }
    return row | changes


WORLD: tuple[tuple[str, Row], ...] = (
    ("segment", segment(SEGMENT, public_id=taken(SEGMENT))),
    ("segment_version", version(version=1)),
    ("tag", tag(TAG, public_id=taken(TAG))),
    ("member_tag", member_tag(member_id=ANNA)),
    ("member_figure", figure(member_id=ANNA)),
)
