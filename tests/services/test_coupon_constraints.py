"""The database itself refuses what would break I5 to I8, whatever the code does: each line fails without its constraint."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database_errors import constraint_name
from app.services import redemptions
from tests.factories.coupons import at_counter, give_coupon, make_batch, make_template, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

COPY_COUPON = """
    INSERT INTO coupon (member_id, public_id, batch_id, slot, per_member_limit, status, value_fen, min_spend_fen,
                        store_ids, source, issued_at, usable_from, expires_at, redeemed_at)
    SELECT member_id, gen_random_uuid(), batch_id, {slot}, {limit}, 'active', value_fen, min_spend_fen,
           store_ids, {source}, issued_at, usable_from, expires_at, NULL
      FROM coupon WHERE id = :coupon
"""
COPY_REDEMPTION = """
    WITH bill AS (
        INSERT INTO purchase (public_id, member_id, store_id, channel, order_no, bill_fen, discount_fen, status, occurred_at)
        SELECT gen_random_uuid(), member_id, store_id, channel, 'another', bill_fen, discount_fen, 'paid', occurred_at
          FROM purchase WHERE id = (SELECT purchase_id FROM redemption WHERE id = :redemption)
        RETURNING id, bill_fen - discount_fen AS paid_fen
    ), line AS (
        INSERT INTO purchase_line (purchase_id, line_no, sku, category, quantity, amount_fen)
        SELECT id, 1, '', '', 1, paid_fen FROM bill
    ), visit AS (
        INSERT INTO counter_visit (public_id, member_id, code_step, store_id, staff_id, opened_at, expires_at)
        SELECT gen_random_uuid(), member_id, code_step + 1, store_id, staff_id, opened_at, expires_at
          FROM counter_visit WHERE id = (SELECT visit_id FROM redemption WHERE id = :redemption)
        RETURNING id
    )
    INSERT INTO redemption (public_id, member_id, coupon_id, visit_id, purchase_id, store_id, staff_id, bill_fen,
                            discount_fen, redeemed_at, undo_until, reversed_at, reversed_by_id, reversal_reason)
    SELECT gen_random_uuid(), r.member_id, r.coupon_id, {visit}, {bill}, r.store_id, r.staff_id, r.bill_fen,
           r.discount_fen, r.redeemed_at, r.undo_until, {reversed}
      FROM redemption r, bill, visit WHERE r.id = :redemption
"""
LIVE = "NULL, NULL, NULL"
REVERSED = "r.redeemed_at, r.staff_id, 'test'"


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("ck_coupon_template_kind_known", "UPDATE coupon_template SET kind = 'gift'"),
        ("ck_coupon_template_value_positive", "UPDATE coupon_template SET value_fen = 0"),
        ("ck_coupon_template_never_pays_out", "UPDATE coupon_template SET value_fen = min_spend_fen + 1"),
        ("ck_coupon_template_valid_days_range", "UPDATE coupon_template SET valid_days = 0"),
        ("ck_coupon_batch_stock_positive", "UPDATE coupon_batch SET stock = 0, issued = 0"),
        ("ck_coupon_batch_issued_within_stock", "UPDATE coupon_batch SET issued = stock + 1"),
        ("ck_coupon_batch_issued_within_stock", "UPDATE coupon_batch SET issued = -1"),
        ("ck_coupon_batch_committed_within_budget", "UPDATE coupon_batch SET committed_fen = budget_fen + 1"),
        ("ck_coupon_batch_committed_within_budget", "UPDATE coupon_batch SET budget_fen = committed_fen - 1"),
        ("ck_coupon_batch_window_forward", "UPDATE coupon_batch SET claim_ends_at = claim_starts_at"),
        ("ck_coupon_batch_status_known", "UPDATE coupon_batch SET status = 'open'"),
        ("ck_coupon_batch_how_known", "UPDATE coupon_batch SET how = 'lottery'"),
        # Batches: the limit cannot change under coupons that stand on it, and is never zero.
        ("fk_coupon_batch_id_per_member_limit_coupon_batch", "UPDATE coupon_batch SET per_member_limit = 9"),
        ("ck_coupon_slot_within_limit", COPY_COUPON.format(slot=3, limit=2, source="'x'")),
        ("ck_coupon_slot_within_limit", COPY_COUPON.format(slot=0, limit=2, source="'x'")),
        (
            "fk_coupon_batch_id_per_member_limit_coupon_batch",
            COPY_COUPON.format(slot=3, limit=3, source="'x'"),
        ),
        ("uq_coupon_batch_id_member_id_slot", COPY_COUPON.format(slot=1, limit=2, source="'x'")),
        ("uq_coupon_member_id_source", COPY_COUPON.format(slot=2, limit=2, source="source")),
        ("ck_coupon_status_known", "UPDATE coupon SET status = 'used', redeemed_at = NULL"),
        ("ck_coupon_redeemed_has_instant", "UPDATE coupon SET status = 'active'"),
        ("ck_coupon_redeemed_has_instant", "UPDATE coupon SET redeemed_at = NULL"),
        ("ck_coupon_never_pays_out", "UPDATE coupon SET value_fen = min_spend_fen + 1"),
        ("ck_coupon_never_pays_out", "UPDATE coupon SET value_fen = 0"),
        ("ck_coupon_validity_forward", "UPDATE coupon SET expires_at = usable_from"),
        ("uq_redemption_live", COPY_REDEMPTION.format(visit="visit.id", bill="bill.id", reversed=LIVE)),
        ("uq_redemption_visit_id", COPY_REDEMPTION.format(visit="r.visit_id", bill="bill.id", reversed=REVERSED)),
        (
            "uq_redemption_purchase_id",
            COPY_REDEMPTION.format(visit="visit.id", bill="r.purchase_id", reversed=REVERSED),
        ),
        ("ck_redemption_discount_in_range", "UPDATE redemption SET discount_fen = bill_fen + 1"),
        ("ck_redemption_discount_in_range", "UPDATE redemption SET discount_fen = 0"),
        ("ck_redemption_reversal_has_author_and_reason", "UPDATE redemption SET reversed_at = now()"),
        (
            "ck_redemption_reversal_has_author_and_reason",
            "UPDATE redemption SET reversed_at = now(), reversed_by_id = staff_id",
        ),
        ("ck_redemption_undo_window_forward", "UPDATE redemption SET undo_until = redeemed_at - interval '1 second'"),
        ("fk_redemption_member_id_coupon_id_coupon", "UPDATE redemption SET coupon_id = 987654321"),
    ],
)
def test_the_database_refuses(db_session: Session, now: datetime, constraint: str, statement: str) -> None:
    member, store = make_member(), make_store()
    clerk = make_staff(at=[store])
    coupon = give_coupon(member, batch=make_batch(make_template(), per_member_limit=2))
    redemption = redemptions.redeem(
        visit_public_id=open_visit(member, clerk=clerk, store=store).public_id,
        coupon_public_id=coupon.public_id,
        bill_fen=8000,
        order_no=None,
        actor=at_counter(clerk, store),
        now=now,
    )
    wanted = {"coupon": coupon.id, "redemption": redemption.id}
    with pytest.raises(IntegrityError) as refused, db_session.begin_nested():
        db_session.execute(text(statement), {key: value for key, value in wanted.items() if f":{key}" in statement})
    assert constraint_name(refused.value) == constraint


def test_a_second_redemption_is_possible_only_after_the_first_was_undone(db_session: Session, now: datetime) -> None:
    """The unique index is partial: it must not forbid what the shop needs."""
    member, store = make_member(), make_store()
    clerk = make_staff(at=[store])
    coupon = give_coupon(member)
    redemption = redemptions.redeem(
        visit_public_id=open_visit(member, clerk=clerk, store=store).public_id,
        coupon_public_id=coupon.public_id,
        bill_fen=8000,
        order_no=None,
        actor=at_counter(clerk, store),
        now=now,
    )
    copied = COPY_REDEMPTION.format(visit="visit.id", bill="bill.id", reversed=REVERSED)
    db_session.execute(text(copied), {"redemption": redemption.id})
