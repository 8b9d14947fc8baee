"""One refused use, written down as it was asked for."""

from typing import Final

from sqlalchemy import text

RECORD: Final = text(
    """
    INSERT INTO redemption_attempt (store_id, staff_id, visit_public_id, coupon_public_ids, bill_fen, reason, tried_at)
    VALUES (:store_id, :staff_id, CAST(:visit AS uuid), CAST(:coupons AS uuid[]), CAST(:bill_fen AS bigint), :reason, :now)
    """
)
