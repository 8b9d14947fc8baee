"""What a clerk has given today."""

from typing import Final

from sqlalchemy import text

USED_TODAY: Final = text(
    """
    SELECT used FROM staff_counter
     WHERE staff_id = :staff_id AND business_date = :on AND kind = 'coupons_issued'
    """
)
