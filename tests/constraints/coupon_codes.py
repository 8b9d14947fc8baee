"""What refuses wrong unique codes, and gifts that were given twice or to nobody."""

# ruff: noqa: S608  (the statements are our own constants)

from tests.constraints.coupon_code_rows import (
    CODE_RUN,
    GIVEN,
    RECEIVED,
    TRANSFER,
    USED_CODE,
    coupon_code,
    coupon_code_run,
    coupon_transfer,
)
from tests.constraints.coupon_rows import BATCH, COUPON
from tests.constraints.rows import ANNA, BERT, taken
from tests.constraints.violation import LATER, NOBODY, NOON, Sql, Value, Violation, insert, refused


def _run(number: int = 9899, *, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(insert("coupon_code_run", coupon_code_run(number, **changes)), without=without)


def _code(serial: int = 9899, *, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(insert("coupon_code", coupon_code(serial, **changes)), without=without)


def _transfer(number: int = 9899, *, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(insert("coupon_transfer", coupon_transfer(number, **changes)), without=without)


_TAKEN_HASH = Sql(f"sha256('{USED_CODE}')")
_SHORT = Sql("'\\x00'::bytea")

CODES = {
    "ck_coupon_batch_codes_within_stock": refused(f"UPDATE coupon_batch SET codes = stock + 1 WHERE id = {BATCH}"),
    "ck_coupon_code_run_cursor_not_behind": _run(made=2, cursor=1),
    "ck_coupon_code_run_done_is_whole": _run(state="done", ended_at=NOON),
    "ck_coupon_code_run_ended_has_instant": _run(state="cancelled"),
    "ck_coupon_code_run_kind_known": _run(kind="luck"),
    "ck_coupon_code_run_made_within_wanted": _run(made=6, cursor=6),
    "ck_coupon_code_run_state_known": _run(state="lost"),
    "ck_coupon_code_run_wanted_positive": _run(wanted=0),
    "fk_coupon_code_run_batch_id_coupon_batch": _run(batch_id=NOBODY),
    "fk_coupon_code_run_created_by_id_staff": _run(created_by_id=NOBODY),
    "pk_coupon_code_run": _run(CODE_RUN),
    "uq_coupon_code_run_public_id": _run(public_id=taken(CODE_RUN)),
    "ck_coupon_code_hash_length": _code(code_hash=_SHORT),
    "ck_coupon_code_serial_positive": _code(0),
    # A used code without its coupon.
    "ck_coupon_code_used_for_a_coupon": _code(used_at=NOON),
    "fk_coupon_code_member_id_coupon_id_coupon": _code(used_at=NOON, member_id=ANNA, coupon_id=NOBODY),
    "fk_coupon_code_run_id_coupon_code_run": _code(run_id=NOBODY),
    # A chunk made twice.
    "pk_coupon_code": _code(USED_CODE, code_hash=Sql("sha256('other')")),
    "uq_coupon_code_code_hash": _code(code_hash=_TAKEN_HASH),
    # One coupon for two codes.
    "uq_coupon_code_member_id_coupon_id": _code(used_at=NOON, member_id=ANNA, coupon_id=COUPON),
    "tr_coupon_code_used_once": refused(
        f"UPDATE coupon_code SET used_at = NULL, member_id = NULL, coupon_id = NULL WHERE serial = {USED_CODE}"
    ),
}

TRANSFERS = {
    "ck_coupon_transfer_accepted_has_copy": _transfer(state="accepted", ended_at=NOON),
    "ck_coupon_transfer_ended_has_instant": _transfer(ended_at=NOON),
    "ck_coupon_transfer_hash_length": _transfer(token_hash=_SHORT),
    "ck_coupon_transfer_interval_forward": _transfer(expires_at=NOON),
    "ck_coupon_transfer_state_known": _transfer(state="lost", ended_at=NOON),
    "fk_coupon_transfer_from_member_id_from_coupon_id_coupon": _transfer(from_coupon_id=NOBODY),
    "fk_coupon_transfer_to_member_id_to_coupon_id_coupon": _transfer(
        state="accepted", ended_at=NOON, to_member_id=BERT, to_coupon_id=NOBODY
    ),
    "pk_coupon_transfer": _transfer(TRANSFER, token_hash=Sql("sha256('other')")),
    "uq_coupon_transfer_public_id": _transfer(public_id=taken(TRANSFER)),
    "uq_coupon_transfer_token_hash": _transfer(token_hash=Sql(f"sha256('{TRANSFER}')")),
    # One copy out of two gifts.
    "uq_coupon_transfer_to_member_id_to_coupon_id": _transfer(
        state="accepted", ended_at=NOON, to_member_id=BERT, to_coupon_id=RECEIVED
    ),
    # A coupon promised to a second friend after the first accepted it.
    "uq_coupon_transfer_live": _transfer(from_coupon_id=GIVEN),
    "tr_coupon_transfer_ends_once": refused(
        f"UPDATE coupon_transfer SET state = 'revoked', to_member_id = NULL, to_coupon_id = NULL WHERE id = {TRANSFER}"
    ),
}

VIOLATIONS = CODES | TRANSFERS
UNCHANGED = (
    _run(),
    _run(kind="import", state="done", made=5, cursor=5, ended_at=LATER),
    _code(),
    _transfer(),
    _transfer(from_coupon_id=GIVEN, state="revoked", ended_at=NOON),
)
