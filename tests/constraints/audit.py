"""What refuses wrong audit rows and seals."""

# ruff: noqa: S608  (the statements are our own constants)

from tests.constraints.rows import SEALED, UNSEALED, audit_entry, audit_seal, audit_seal_entry
from tests.constraints.violation import NOBODY, Sql, Value, Violation, insert, refused


def _entry(number: int = 9699, **changes: Value) -> Violation:
    return refused(insert("audit_entry", audit_entry(number, **changes)))


def _block(number: int = 9702, **changes: Value) -> Violation:
    return refused(insert("audit_seal", audit_seal(number, **changes)))


def _sealed(number: int = UNSEALED, **changes: Value) -> Violation:
    return refused(insert("audit_seal_entry", audit_seal_entry(number, **changes)))


VIOLATIONS = {
    "ck_audit_entry_actor_kind_known": _entry(actor_kind="ghost"),
    "fk_audit_entry_store_id_store": _entry(store_id=NOBODY),
    "pk_audit_entry": _entry(UNSEALED),
    "tr_audit_entry_append_only": refused(f"DELETE FROM audit_entry WHERE id = {UNSEALED}"),
    "ck_audit_seal_entries_positive": _block(entries=0),
    "ck_audit_seal_hashes_whole": _block(hash=Sql("'short'::bytea")),
    "pk_audit_seal": _block(9701, previous_hash=Sql("sha256('other')")),
    "uq_audit_seal_previous_hash": _block(previous_hash=Sql("sha256('9700')")),
    "tr_audit_seal_append_only": refused("UPDATE audit_seal SET entries = entries"),
    "ck_audit_seal_entry_hash_whole": _sealed(hash=Sql("'short'::bytea")),
    "fk_audit_seal_entry_block_no_audit_seal": _sealed(block_no=NOBODY),
    "fk_audit_seal_entry_entry_id_audit_entry": _sealed(NOBODY),
    "pk_audit_seal_entry": _sealed(SEALED),
    "tr_audit_seal_entry_append_only": refused("DELETE FROM audit_seal_entry"),
}
