"""What a bill at the counter is judged by, in one look each."""

from typing import Final

from sqlalchemy import text

# `is_first`: nothing was ever paid that was not given back. `order_is_known` goes through uq_purchase_order.
FACTS: Final = text(
    """
    SELECT s.code AS store_code, t.code AS tier_code, coalesce(b.discount_bp, 0) AS discount_bp,
           NOT EXISTS (SELECT FROM purchase p WHERE p.member_id = a.member_id AND p.status = 'paid') AS is_first,
           EXISTS (SELECT FROM purchase p
                    WHERE p.channel = :channel AND p.order_no = CAST(:order_no AS text)
                      AND p.status <> 'voided') AS order_is_known
      FROM member_account a
      JOIN tier t ON t.id = a.tier_id
      JOIN store s ON s.id = :store_id
      LEFT JOIN tier_benefit b ON b.tier_id = a.tier_id AND b.kind = 'discount'
     WHERE a.member_id = :member_id
    """
)
