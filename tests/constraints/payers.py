"""What refuses wrong payers, shares and settlements, and whatever would move in a closed period."""

# ruff: noqa: S608  (the statements are our own constants)

from tests.constraints.counter_rows import REDEMPTION, redemption
from tests.constraints.coupon_rows import BATCH, bucket, coupon, coupon_batch
from tests.constraints.payer_rows import CLOSED, PAYER, SETTLEMENT, at, payer, settlement
from tests.constraints.rows import taken
from tests.constraints.violation import NOBODY, Value, Violation, insert, refused

OTHER = 9897


def _payer(number: int = OTHER, **changes: Value) -> Violation:
    return refused(insert("payer", payer(number, **changes)))


def _batch(**changes: Value) -> Violation:
    """Of which somebody pays a share."""
    row = coupon_batch(OTHER, **{"payer_id": PAYER, "payer_share_bp": 3_000} | changes)
    return refused(insert("coupon_batch", row), insert("coupon_bucket", bucket(OTHER)))


def _settlement(number: int = OTHER, *, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(insert("settlement", settlement(number, **changes)), without=without)


PAYERS = {
    "ck_payer_kind_known": _payer(kind="luck"),
    "fk_payer_created_by_id_staff": _payer(created_by_id=NOBODY),
    "pk_payer": _payer(PAYER, code="other", name="other"),
    "uq_payer_code": _payer(code=f"code-{PAYER}"),
    "uq_payer_name": _payer(name=f"name-{PAYER}"),
    "uq_payer_public_id": _payer(public_id=taken(PAYER)),
}

SHARES = {
    "ck_coupon_batch_payer_and_share": _batch(payer_id=None),
    "ck_coupon_batch_payer_share_range": _batch(payer_share_bp=10_001),
    "fk_coupon_batch_payer_id_payer": _batch(payer_id=NOBODY),
    "tr_coupon_batch_payer_frozen": refused(
        f"UPDATE coupon_batch SET payer_id = {PAYER}, payer_share_bp = 1 WHERE id = {BATCH}"
    ),
}

SETTLEMENTS = {
    "ck_settlement_follows_at_once": _settlement(starts_at=at(1)),
    "ck_settlement_period_forward": _settlement(ends_at=at(-1)),
    "ck_settlement_period_length": _settlement(until_on="2026-11-10"),
    "ck_settlement_closed_when_over": _settlement(closed_at=at(3)),
    "ck_settlement_counts_not_negative": _settlement(returned=-1),
    "fk_settlement_follows_settlement": _settlement(follows_at=at(1), starts_at=at(1)),
    "fk_settlement_payer_id_payer": _settlement(payer_id=NOBODY, follows_at=None),
    "fk_settlement_closed_by_id_staff": _settlement(closed_by_id=NOBODY),
    "pk_settlement": _settlement(SETTLEMENT),
    "uq_settlement_public_id": _settlement(public_id=taken(SETTLEMENT)),
    # It begins elsewhere and ends with the first.
    "uq_settlement_payer_id_ends_at": _settlement(
        follows_at=None, starts_at=at(-3), ends_at=at(0), without=("uq_settlement_first",)
    ),
    "uq_settlement_payer_id_starts_at": refused(
        *_settlement().statements, *_settlement(OTHER + 1, ends_at=at(6)).statements
    ),
    "uq_settlement_first": _settlement(follows_at=None, starts_at=at(1)),
    "tr_settlement_append_only": refused(f"UPDATE settlement SET redeemed = 5 WHERE id = {SETTLEMENT}"),
}

# A coupon of a batch somebody pays for, and its use at the world's bill.
_SHARED = (*_batch().statements, insert("coupon", coupon(OTHER, batch_id=OTHER)))
_FILLED = "tr_redemption_settled"


def _use(*, without: tuple[str, ...] = (), **changes: Value) -> Violation:
    return refused(*_SHARED, insert("redemption", redemption(OTHER, **changes)), without=without)


USES = {
    # What the trigger fills in is right by itself: past it.
    "ck_redemption_payer_pays_a_share": _use(payer_id=PAYER, payer_fen=1, without=(_FILLED,)),
    "ck_redemption_share_has_payer": _use(cost_fen=1, payer_fen=1, without=(_FILLED,)),
    "fk_redemption_batch_id_coupon_batch": _use(batch_id=NOBODY, without=(_FILLED,)),
    "fk_redemption_payer_id_payer": _use(payer_id=NOBODY, without=(_FILLED,)),
    _FILLED: _use(redeemed_at=CLOSED),
    "tr_redemption_returned": refused(
        *_use().statements, f"UPDATE redemption SET reversed_at = {CLOSED}, returned_by = 'undo' WHERE id = {OTHER}"
    ),
    "tr_redemption_payer_frozen": refused(f"UPDATE redemption SET payer_id = {PAYER} WHERE id = {REDEMPTION}"),
}

VIOLATIONS = PAYERS | SHARES | SETTLEMENTS | USES
UNCHANGED = (_payer(), _batch(), _settlement(), _use())
