"""What a bill's refund would move besides money; read only."""

from typing import Final

from sqlalchemy import text

# A row for each coupon used on the bill that stands, in the order they were applied, and one when there was none. Both ways of
# saying who owns a coupon are those of RETURN_USES, which gives them back.
CONSEQUENCES: Final = text(
    """
    SELECT k.points_spent, t.name, r.discount_fen, r.returned_by, c.expires_at,
           coalesce(t.terms ->> 'on_refund', 'return_when_full') AS policy
      FROM checkout k
      LEFT JOIN (redemption r
                 JOIN coupon c ON c.member_id = r.member_id AND c.id = r.coupon_id
                 JOIN coupon_template t ON t.id = c.template_id) ON r.checkout_id = k.id
     WHERE k.purchase_id = :purchase_id AND k.reversed_at IS NULL
     ORDER BY r.seq
    """
)
