"""Promising coupons to a visit, by one conditional UPDATE each way. Callers hold the member's account.

Every statement that takes a coupon away (use, transfer, revoke, expiry) asks `held_until IS NULL OR held_until <= now` first.
"""

from typing import Final

from sqlalchemy import text

# A visit's promise moves with its newest quote: what it no longer names is free. Locked by ascending id.
HOLD: Final = text(
    """
    WITH wanted AS MATERIALIZED (
        SELECT id, public_id = ANY(:coupons) AS is_named FROM coupon
         WHERE member_id = :member_id AND (public_id = ANY(:coupons) OR held_visit_id = :visit_id)
         ORDER BY id FOR UPDATE
    )
    UPDATE coupon c
       SET held_visit_id = CASE WHEN wanted.is_named THEN CAST(:visit_id AS bigint) END,
           held_until = CASE WHEN wanted.is_named THEN CAST(:until AS timestamptz) END
      FROM wanted
     WHERE c.member_id = :member_id AND c.id = wanted.id AND c.status = 'active'
       AND (c.held_until IS NULL OR c.held_until <= :now OR c.held_visit_id = :visit_id)
       AND (NOT wanted.is_named OR (c.usable_from <= :now AND :now < c.expires_at AND c.revocation_id IS NULL))
    RETURNING c.held_visit_id
    """
)

RELEASE: Final = text(
    """
    UPDATE coupon SET held_visit_id = NULL, held_until = NULL
     WHERE member_id = :member_id AND held_visit_id = :visit_id
    """
)
