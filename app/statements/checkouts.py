"""What a bill at the counter is judged by, in one look each."""

from typing import Final

from sqlalchemy import text

from app.models import Checkout, Redemption
from app.models.types import columns_of

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

# One bill as people see it; a row for each coupon used on it, in the order they were applied, and one when there is none.
TELL: Final = text(
    f"""
    SELECT {columns_of(Checkout, "c", prefix="checkout_")}, s.name AS store_name, f.display_name AS staff_name,
           f.public_id AS staff_public_id, m.nickname AS member_nickname, m.phone_masked, p.order_no,
           {columns_of(Redemption, "r", prefix="redemption_")}, k.public_id AS coupon_public_id, t.name AS coupon_name,
           k.status AS coupon_status, k.uses
      FROM checkout c
      JOIN counter_visit v ON v.id = c.visit_id
      JOIN store s ON s.id = c.store_id
      JOIN staff f ON f.id = c.staff_id
      JOIN member m ON m.id = v.member_id
      LEFT JOIN purchase p ON p.id = c.purchase_id
      LEFT JOIN redemption r ON r.checkout_id = c.id
      LEFT JOIN coupon k ON k.member_id = r.member_id AND k.id = r.coupon_id
      LEFT JOIN coupon_template t ON t.id = k.template_id
     WHERE c.public_id = :public_id
     ORDER BY r.seq
    """  # noqa: S608 columns of ours
)
