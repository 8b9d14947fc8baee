"""One row of each table of unique codes and gifts, fine as it stands beside the world."""

from tests.constraints.coupon_rows import BATCH, COUPON
from tests.constraints.rows import ANNA
from tests.constraints.violation import LATER, NOON, UUID, Row, Sql, Value

CODE_RUN, USED_CODE, TRANSFER, GIVEN, RECEIVED = 9821, 9822, 9823, 9824, 9825


def coupon_code_run(number: int, **changes: Value) -> Row:
    """Five codes that are still to be made."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "batch_id": BATCH,
        "kind": "create",
        "state": "planned",
        "wanted": 5,
        "created_at": NOON,
    }
    return row | changes


def coupon_code(serial: int, **changes: Value) -> Row:
    """A code nobody used."""
    row: Row = {"run_id": CODE_RUN, "serial": serial, "code_hash": Sql(f"sha256('{serial}')")}
    return row | changes


def coupon_transfer(number: int, **changes: Value) -> Row:
    """Anna's coupon on its way."""
    row: Row = {
        "id": number,
        "public_id": UUID,
        "from_member_id": ANNA,
        "from_coupon_id": COUPON,
        "token_hash": Sql(f"sha256('{number}')"),
        "state": "open",
        "created_at": NOON,
        "expires_at": LATER,
    }
    return row | changes
