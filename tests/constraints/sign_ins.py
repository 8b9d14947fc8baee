"""What refuses second steps that cannot be."""

from tests.constraints.rows import BOSS, CLERK
from tests.constraints.violation import NOBODY, NOON, Row, Sql, Value, Violation, insert, refused

CODE_HASH = Sql("sha256('code')")


def second_step(**changes: Value) -> Row:
    """Set up, and never used."""
    row: Row = {"staff_id": BOSS, "secret_cipher": Sql("''::bytea"), "started_at": NOON, "confirmed_at": NOON}
    return row | {"last_step": None} | changes


def recovery_code(**changes: Value) -> Row:
    """Of the clerk."""
    row: Row = {"staff_id": CLERK, "code_hash": Sql("sha256('other')"), "used_at": None}
    return row | changes


def _step(**changes: Value) -> Violation:
    return refused(insert("staff_second_step", second_step(**changes)))


def _code(**changes: Value) -> Violation:
    return refused(insert("staff_recovery_code", recovery_code(**changes)))


VIOLATIONS = {
    "pk_staff_second_step": _step(staff_id=CLERK),
    "fk_staff_second_step_staff_id_staff": _step(staff_id=NOBODY),
    "ck_staff_second_step_last_step_positive": _step(last_step=0),
    "ck_staff_second_step_used_when_confirmed": _step(confirmed_at=None, last_step=1),
    "pk_staff_recovery_code": _code(code_hash=CODE_HASH),
    "fk_staff_recovery_code_staff_id_staff_second_step": _code(staff_id=BOSS),
}
UNCHANGED = (_step(), _code())
