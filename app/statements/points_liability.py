"""What the shop owes its members in points, and the ledger's own accounts. Whole-ledger reads for reports, never for requests
of members."""

from typing import Final

from sqlalchemy import text

# A lot past its expiry is gone, but for what a hold has promised of it. Months are the shop's own, by the last valid day.
OUTSTANDING: Final = text(
    """
    SELECT CAST(date_trunc('month', (expires_at AT TIME ZONE :zone) - make_interval(hours => :cut_over_hour)
                                    - interval '1 microsecond') AS date) AS month,
           sum(CASE WHEN expires_at <= :now THEN held ELSE remaining END) AS points,
           sum(CASE WHEN available_at > :now THEN remaining - held ELSE 0 END) AS pending,
           sum(held) AS held
      FROM points_lot
     WHERE remaining > 0 AND (expires_at IS NULL OR expires_at > :now OR held > 0)
     GROUP BY 1 ORDER BY 1 NULLS LAST
    """
)

OWED: Final = text("SELECT coalesce(sum(points_owed), 0) FROM member_account WHERE points_owed > 0")

# One scan: summed by pair of accounts first, of which there are few, then told from both sides.
TRIAL_BALANCE: Final = text(
    """
    SELECT posting.account, sum(posting.amount) AS total
      FROM (SELECT to_account, from_account, sum(amount) AS amount FROM points_entry GROUP BY to_account, from_account) AS pair
     CROSS JOIN LATERAL (VALUES (pair.to_account, pair.amount), (pair.from_account, -pair.amount)) AS posting (account, amount)
     GROUP BY posting.account
    """
)
