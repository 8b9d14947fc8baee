"""A member's coupons as the counter asks about them.

Served by the member's index on coupon, see tests/test_query_plans.py.
"""

from typing import Final

from sqlalchemy import text

# What the stores and tiers that terms name are called: {"stores": {code: [zh, en]}, "tiers": …}; nothing where they name none.
NAMES: Final = """
CASE WHEN {terms} ? 'stores' OR {terms} ? 'tiers' THEN jsonb_build_object(
     'stores', (SELECT jsonb_object_agg(s.code, jsonb_build_array(s.name, s.name)) FROM store s
                 WHERE {terms} -> 'stores' ? s.code),
     'tiers', (SELECT jsonb_object_agg(r.code, jsonb_build_array(r.name, r.name_en)) FROM tier r
                WHERE {terms} -> 'tiers' ? r.code)) END AS names"""

# A coupon `c` with what services/wallet.held_all reads of it; `redeemed_store` is where its last use was.
HELD: Final = f"""
SELECT c.id, c.public_id, c.value_fen, c.uses, c.used, c.issued_at, c.usable_from, c.expires_at, c.redeemed_at,
       c.held_visit_id, c.held_until, c.status, t.name, CAST(t.terms AS text) AS terms, b.name AS batch_name,
       {NAMES.format(terms="t.terms")},
       CASE WHEN c.used > 0 THEN (
            SELECT s.name FROM redemption r JOIN store s ON s.id = r.store_id
             WHERE r.member_id = c.member_id AND r.coupon_id = c.id AND r.reversed_at IS NULL
             ORDER BY r.use_no DESC LIMIT 1) END AS redeemed_store
  FROM coupon c
  JOIN coupon_batch b ON b.id = c.batch_id
  JOIN coupon_template t ON t.id = c.template_id
"""  # noqa: S608  (fixed text)

# What can be used here and now first, by nearest expiry; then what is for other stores, and what is not to be used yet.
AT_COUNTER: Final = text(
    f"""
{HELD}
 WHERE c.member_id = :member_id AND c.status = 'active' AND c.expires_at > :now
 ORDER BY c.usable_from > :now,
          NOT (t.terms -> 'stores' IS NULL OR t.terms -> 'stores' ? (SELECT code FROM store WHERE id = :store_id)),
          c.expires_at, c.id
 LIMIT :limit
"""  # noqa: S608  (fixed text)
)
