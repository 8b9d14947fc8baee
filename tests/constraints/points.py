"""What refuses wrong points: entries, lots, what was used of them, holds."""

# ruff: noqa: S608  (the statements are our own constants)

from tests.constraints.rows import (
    ANNA,
    CARL,
    EARNED,
    EMPTY_LOT,
    ENDED_HOLD,
    OPEN_HOLD,
    OPEN_LOT,
    SPENT,
    USED_HOLD,
    points_entry,
    points_hold,
    points_lot,
    taken,
)
from tests.constraints.violation import LATER, NOBODY, NOON, Row, Value, Violation, insert, refused


def _entry(number: int = 1099, **changes: Value) -> Violation:
    return refused(insert("points_entry", points_entry(number, **changes)))


def _lot(number: int = 2099, *, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(insert("points_lot", points_lot(number, **changes)), without=without)


def _hold(number: int = 3099, **changes: Value) -> Violation:
    return refused(insert("points_hold", points_hold(number, **changes)))


def _use(**changes: Value) -> Violation:
    row: Row = {"member_id": ANNA, "entry_id": SPENT, "lot_id": EMPTY_LOT, "amount": 1}
    return refused(insert("points_lot_use", row | changes))


def _promise(**changes: Value) -> Violation:
    row: Row = {"member_id": ANNA, "hold_id": ENDED_HOLD, "lot_id": OPEN_LOT, "amount": 1}
    return refused(insert("points_hold_lot", row | changes))


ENTRIES = {
    "ck_points_entry_after_not_negative": _entry(balance_after=-1),
    "ck_points_entry_amount_positive": _entry(amount=0),
    "ck_points_entry_from_account_known": _entry(from_account="nowhere"),
    "ck_points_entry_to_account_known": _entry(kind="spend", from_account="member", to_account="nowhere"),
    "ck_points_entry_kind_known": _entry(kind="gift"),
    "ck_points_entry_reversal_names_entry": _entry(kind="reverse"),
    "ck_points_entry_touches_member": _entry(to_account="spend"),
    "ck_points_entry_two_accounts": _entry(from_account="member"),
    "fk_points_entry_member_id_member_account": _entry(member_id=NOBODY, kind="expire"),
    "fk_points_entry_member_id_reverses_id_points_entry": _entry(kind="reverse", reverses_id=NOBODY),
    "fk_points_entry_rule_version_id_earning_rule_version": _entry(rule_version_id=NOBODY),
    "pk_points_entry": _entry(EARNED, source="other"),
    "uq_points_entry_member_id_seq": _entry(seq=1),
    "uq_points_entry_member_id_source": _entry(source=f"source-{EARNED}"),
    "tr_points_entry_append_only": refused(f"UPDATE points_entry SET source = 'other' WHERE id = {EARNED}"),
    # The account believes an entry that brought no lot.
    "tr_points_entry_in_balance": refused(
        f"UPDATE member_account SET points_seq = 3, points_balance = 71 WHERE member_id = {ANNA}",
        insert("points_entry", points_entry(1099, seq=3, balance_after=71)),
    ),
    "tr_points_entry_only_active": _entry(member_id=CARL),
    "tr_points_entry_reversal_within": _entry(
        kind="reverse", reverses_id=SPENT, from_account="spend", to_account="member", amount=31
    ),
}

_UNHELD = ("tr_points_lot_new_held_in_balance",)
LOTS = {
    "ck_points_lot_available_before_expiry": _lot(available_at=NOON, expires_at=NOON),
    "ck_points_lot_granted_positive": _lot(granted=0),
    "ck_points_lot_held_in_range": _lot(held=1, without=_UNHELD),
    # Another lot gives up as much: the sum is right.
    "ck_points_lot_remaining_in_range": refused(
        f"UPDATE points_lot SET remaining = remaining - 6 WHERE id = {OPEN_LOT}",
        insert("points_lot", points_lot(2099, granted=5, remaining=6)),
    ),
    "ck_points_lot_root_whole": _lot(root_member_id=ANNA),
    "fk_points_lot_member_id_entry_id_points_entry": _lot(entry_id=NOBODY),
    "fk_points_lot_root_member_id_root_entry_id_points_entry": _lot(root_member_id=ANNA, root_entry_id=NOBODY),
    "pk_points_lot": _lot(EMPTY_LOT),
    "tr_points_lot_in_balance": _lot(remaining=5),
    "tr_points_lot_held_in_balance": refused(f"UPDATE points_lot SET held = held + 1 WHERE id = {OPEN_LOT}"),
    "tr_points_lot_new_held_in_balance": refused(
        f"UPDATE points_lot SET remaining = remaining - 5 WHERE id = {OPEN_LOT}",
        insert("points_lot", points_lot(2099, remaining=5, held=1)),
    ),
    "tr_points_lot_kept": refused(f"DELETE FROM points_lot WHERE id = {EMPTY_LOT}"),
    "tr_points_lot_terms_fixed": refused(f"UPDATE points_lot SET expires_at = {LATER} WHERE id = {OPEN_LOT}"),
}

USES = {
    "ck_points_lot_use_amount_positive": _use(amount=0),
    "fk_points_lot_use_member_id_entry_id_points_entry": _use(entry_id=NOBODY),
    "fk_points_lot_use_member_id_lot_id_points_lot": _use(lot_id=NOBODY),
    "pk_points_lot_use": _use(lot_id=OPEN_LOT),
    "tr_points_lot_use_append_only": refused("DELETE FROM points_lot_use"),
}

HOLDS = {
    "ck_points_hold_amount_positive": _hold(amount=0),
    "ck_points_hold_captured_has_entry": _hold(state="captured"),
    "ck_points_hold_ended_has_time": _hold(ended_at=None),
    "ck_points_hold_interval_forward": _hold(expires_at=NOON),
    "ck_points_hold_state_known": _hold(state="lost"),
    "fk_points_hold_member_id_entry_id_points_entry": _hold(state="captured", entry_id=NOBODY),
    "fk_points_hold_member_id_member_account": _hold(member_id=NOBODY),
    "pk_points_hold": _hold(ENDED_HOLD, source="other"),
    "uq_points_hold_member_id_source": _hold(source=f"source-{ENDED_HOLD}"),
    "uq_points_hold_public_id": _hold(public_id=taken(OPEN_HOLD)),
    "tr_points_hold_ends_once": refused(f"UPDATE points_hold SET ended_at = {NOON} WHERE id = {ENDED_HOLD}"),
    "tr_points_hold_in_balance": refused(
        f"UPDATE points_hold SET state = 'released', ended_at = {LATER} WHERE id = {OPEN_HOLD}"
    ),
    "tr_points_hold_kept": refused(f"DELETE FROM points_hold WHERE id = {ENDED_HOLD}"),
    "tr_points_hold_only_active": _hold(member_id=CARL),
    "ck_points_hold_lot_amount_positive": _promise(amount=0),
    "fk_points_hold_lot_member_id_hold_id_points_hold": _promise(hold_id=NOBODY),
    "fk_points_hold_lot_member_id_lot_id_points_lot": _promise(lot_id=NOBODY),
    "pk_points_hold_lot": _promise(hold_id=USED_HOLD),
    "tr_points_hold_lot_in_balance": _promise(hold_id=OPEN_HOLD, lot_id=EMPTY_LOT),
    "tr_points_hold_lot_kept": refused("DELETE FROM points_hold_lot"),
    "tr_points_hold_lot_terms_fixed": refused("UPDATE points_hold_lot SET amount = amount"),
}

VIOLATIONS = ENTRIES | LOTS | USES | HOLDS
