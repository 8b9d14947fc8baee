"""What refuses wrong imports of members, and wrong lines of them."""

from tests.constraints.import_rows import IMPORT, MADE, import_line, member_import
from tests.constraints.rows import ANNA, BERT, taken
from tests.constraints.violation import NOBODY, NOON, Sql, Value, Violation, insert, refused

OTHER = 9982
SEALED = Sql("'x'::bytea")


def _import(**changes: Value) -> Violation:
    return refused(insert("member_import", member_import(OTHER, **changes)))


def _line(line: int = 9, **changes: Value) -> Violation:
    return refused(insert("member_import_line", import_line(line, **changes)))


IMPORTS = {
    "ck_member_import_state_known": _import(state="lost", finished_at=None),
    "ck_member_import_consent_told": _import(consent_source="ok"),
    "ck_member_import_numbers_in_range": _import(lines=0),
    "ck_member_import_ended_has_instant": _import(finished_at=None),
    "ck_member_import_start_whole": _import(state="stopped", started_at=None, started_by_id=None),
    "ck_member_import_begun_by_somebody": _import(started_at=None, started_by_id=None, started_on=None),
    "ck_member_import_second_person": _import(started_by_id=member_import(OTHER)["created_by_id"]),
    "ck_member_import_undo_has_author": _import(state="undoing"),
    "ck_member_import_erased_when_over": _import(state="running", finished_at=None, erased_at=NOON),
    "fk_member_import_created_by_id_staff": _import(created_by_id=NOBODY),
    "fk_member_import_started_by_id_staff": _import(started_by_id=NOBODY),
    "fk_member_import_undone_by_id_staff": _import(
        state="undone", undone_by_id=NOBODY, undone_at=NOON, undo_reason="wrong file"
    ),
    "pk_member_import": refused(insert("member_import", member_import(IMPORT))),
    "uq_member_import_public_id": _import(public_id=taken(IMPORT)),
}

LINES = {
    "ck_member_import_line_state_known": _line(state="lost"),
    "ck_member_import_line_numbers_in_range": _line(points=-1),
    "ck_member_import_line_made_names_member": _line(state="made"),
    "ck_member_import_line_seen_is_forgotten": _line(state="made", member_id=BERT, cipher=SEALED),
    "ck_member_import_line_reason_told": _line(state="known"),
    "ck_member_import_line_faulty_says_why": _line(state="faulty"),
    "fk_member_import_line_import_id_member_import": _line(import_id=NOBODY),
    "fk_member_import_line_member_id_member": _line(state="made", member_id=NOBODY),
    "pk_member_import_line": _line(MADE),
    "uq_member_import_line_phone": refused(
        *_line(8, phone_index=SEALED).statements, *_line(9, phone_index=SEALED).statements
    ),
    "uq_member_import_line_member": _line(state="made", member_id=ANNA),
}

VIOLATIONS = IMPORTS | LINES
UNCHANGED = (
    _import(),
    _import(
        state="checking", started_by_id=None, started_at=None, started_on=None, finished_at=None, needs_second=False
    ),
    _line(cipher=SEALED, phone_index=SEALED),
    _line(state="made", member_id=BERT),
    _line(state="faulty", faults='[{"column": "phone", "code": "phone_invalid"}]'),
)
