"""What a merge would move, counted from one member's own rows."""

from typing import Final

from sqlalchemy import text

COUNTS: Final = text(
    """
    SELECT a.points_balance AS points, a.points_owed, a.growth_value AS growth,
           (SELECT count(*) FROM coupon c WHERE c.member_id = a.member_id) AS coupons,
           (SELECT count(*) FROM check_in k WHERE k.member_id = a.member_id) AS check_ins,
           (SELECT count(*) FROM purchase p WHERE p.member_id = a.member_id) AS purchases,
           (SELECT count(*) FROM member_badge b WHERE b.member_id = a.member_id) AS badges,
           (SELECT count(*) FROM member_tag t WHERE t.member_id = a.member_id) AS tags,
           (SELECT count(*) FROM member_note n WHERE n.member_id = a.member_id) AS notes,
           (SELECT count(*) FROM member_list_entry l WHERE l.member_id = a.member_id) AS lists,
           (SELECT coalesce(sum(g.remaining), 0) FROM subscription_grant g WHERE g.member_id = a.member_id) AS grants,
           (SELECT count(*) FROM delivery d WHERE d.member_id = a.member_id
               AND d.state IN ('planned', 'claimed')) AS messages_waiting,
           (SELECT count(*) FROM member_identity i WHERE i.member_id = a.member_id AND i.kind = 'openid') AS wechat
      FROM member_account a WHERE a.member_id = :member_id
    """
)
