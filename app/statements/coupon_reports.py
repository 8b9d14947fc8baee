"""What became of coupons: by batch, by template family, over the whole programme.

Everything is found by batch and period: `ix_coupon_batch_id_issued_on`, `ix_redemption_batch_id_redeemed_at`. Coupons are told
by the business date of their issue, uses by the instant they happened; what was given back is no use.
"""

# ruff: noqa: S608  (built of our own constants)

from typing import Final

from sqlalchemy import text

# Coupons of one batch issued in the period, and what they are now. What a friend handed on was issued once: it is counted when
# it was first given, and lives on in the friend's copy.
_ISSUED = """
    SELECT coalesce(sum(way.issued), 0) AS issued, coalesce(sum(way.used), 0) AS used, coalesce(sum(way.active), 0) AS active,
           coalesce(sum(way.used_up), 0) AS used_up, coalesce(sum(way.expired), 0) AS expired,
           coalesce(sum(way.revoked), 0) AS revoked,
           coalesce(jsonb_object_agg(way.name, way.issued) FILTER (WHERE way.issued > 0), '{}') AS by_way
      FROM (SELECT CASE WHEN c.source LIKE '%:%' THEN split_part(c.source, ':', 1) ELSE 'other' END AS name,
                   count(*) FILTER (WHERE c.source NOT LIKE 'transfer:%') AS issued,
                   count(*) FILTER (WHERE c.used > 0) AS used,
                   count(*) FILTER (WHERE c.status = 'active' AND c.expires_at > :now) AS active,
                   count(*) FILTER (WHERE c.status = 'redeemed') AS used_up,
                   count(*) FILTER (WHERE c.status = 'expired' OR (c.status = 'active' AND c.expires_at <= :now)) AS expired,
                   count(*) FILTER (WHERE c.status = 'revoked') AS revoked
              FROM coupon c
             WHERE c.batch_id = b.id AND c.issued_on >= :first_on AND c.issued_on < :until_on
             GROUP BY 1) way
"""

_USED = """
    SELECT count(*) FILTER (WHERE r.reversed_at IS NULL) AS redemptions,
           count(r.reversed_at) AS given_back,
           coalesce(sum(r.discount_fen) FILTER (WHERE r.reversed_at IS NULL), 0) AS discount_fen,
           coalesce(sum(r.cost_fen) FILTER (WHERE r.reversed_at IS NULL), 0) AS cost_fen,
           coalesce(sum(r.payer_fen) FILTER (WHERE r.reversed_at IS NULL), 0) AS payer_fen
      FROM redemption r
     WHERE r.batch_id = b.id AND r.redeemed_at >= :starts_at AND r.redeemed_at < :ends_at
"""

# A budget is for all of a batch's life, so is what is set against it.
_BUDGET = """
    SELECT (SELECT sum(k.committed_fen) FROM coupon_bucket k WHERE k.batch_id = b.id) AS committed_fen,
           (SELECT coalesce(sum(r.cost_fen), 0) FROM redemption r
             WHERE r.batch_id = b.id AND r.reversed_at IS NULL) AS spent_fen
"""

_FIGURES = f"""
     CROSS JOIN LATERAL ({_ISSUED}) issued
     CROSS JOIN LATERAL ({_USED}) used
"""
_COLUMNS = (
    "issued",
    "used",
    "active",
    "used_up",
    "expired",
    "revoked",
    "redemptions",
    "given_back",
    "discount_fen",
    "cost_fen",
    "payer_fen",
)
_SUMS = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in _COLUMNS)
_PLAIN = ", ".join(f"{'used' if place >= 6 else 'issued'}.{name}" for place, name in enumerate(_COLUMNS))

_ONE_BATCH = f"""
    SELECT b.id AS key, b.public_id, b.name, t.name AS coupon, b.status, b.how, b.budget_fen, budget.committed_fen,
           budget.spent_fen, {_PLAIN}, issued.by_way, payer.name AS payer
      FROM page b
      JOIN coupon_template t ON t.id = b.template_id
      LEFT JOIN payer ON payer.id = b.payer_id
     {_FIGURES}
     CROSS JOIN LATERAL ({_BUDGET}) budget
     ORDER BY b.id DESC
"""

BATCHES: Final = text(
    f"WITH page AS MATERIALIZED (SELECT * FROM coupon_batch WHERE id < :after ORDER BY id DESC LIMIT :limit) {_ONE_BATCH}"
)
BATCH: Final = text(f"WITH page AS MATERIALIZED (SELECT * FROM coupon_batch WHERE id = :batch_id) {_ONE_BATCH}")

# A family is told by its first version; the ways of its batches are put together outside.
FAMILIES: Final = text(
    f"""
    WITH page AS MATERIALIZED (
        SELECT id, family_id, name FROM coupon_template WHERE version = 1 AND id < :after ORDER BY id DESC LIMIT :limit
    ), batch AS (
        SELECT b.family_id, b.budget_fen, {_PLAIN}, issued.by_way, budget.committed_fen, budget.spent_fen
          FROM page JOIN coupon_batch b ON b.family_id = page.family_id
         {_FIGURES}
         CROSS JOIN LATERAL ({_BUDGET}) budget
    )
    SELECT page.id AS key, page.family_id AS public_id, page.name AS name, count(batch.family_id) AS batches,
           coalesce(sum(batch.budget_fen), 0) AS budget_fen, coalesce(sum(batch.committed_fen), 0) AS committed_fen,
           coalesce(sum(batch.spent_fen), 0) AS spent_fen, {_SUMS},
           coalesce(jsonb_agg(batch.by_way) FILTER (WHERE batch.by_way <> '{{}}'), '[]') AS by_ways
      FROM page LEFT JOIN batch ON batch.family_id = page.family_id
     GROUP BY page.id, page.family_id, page.name
     ORDER BY page.id DESC
    """
)

_ALL_BATCHES = f"""
    SELECT b.family_id, {_PLAIN}, issued.by_way FROM coupon_batch b {_FIGURES} WHERE b.created_at < :ends_at
"""

SUMMARY: Final = text(
    f"""
    SELECT {_SUMS}, coalesce(jsonb_agg(by_way) FILTER (WHERE by_way <> '{{}}'), '[]') AS by_ways
      FROM ({_ALL_BATCHES}) batch
    """
)

_REWARDS = f"""
    SELECT batch.family_id AS public_id, t.name, {_SUMS}
      FROM ({_ALL_BATCHES}) batch
      JOIN coupon_template t ON t.family_id = batch.family_id AND t.version = 1
     GROUP BY batch.family_id, t.id, t.name
"""
REWARDS: Final = {
    "count": text(
        f"{_REWARDS} HAVING sum(redemptions) > 0 ORDER BY sum(redemptions) DESC, sum(used) DESC, t.id LIMIT :limit"
    ),
    # Of few coupons any rate is luck.
    "rate": text(
        f"{_REWARDS} HAVING sum(issued) >= :min_issued AND sum(used) > 0"
        " ORDER BY sum(used) / sum(issued) DESC, sum(used) DESC, t.id LIMIT :limit"
    ),
}

# How many days after its issue a coupon was first used; what comes after MAX_DAYS is put on that day.
CURVE: Final = text(
    """
    SELECT least(((first.redeemed_at AT TIME ZONE :zone) - make_interval(hours => :cut_over_hour))::date - first.issued_on,
                 :last_day) AS day,
           count(*) AS coupons
      FROM (SELECT c.issued_on, min(r.redeemed_at) AS redeemed_at
              FROM redemption r
              JOIN coupon c ON c.member_id = r.member_id AND c.id = r.coupon_id
             WHERE r.batch_id = :batch_id AND r.redeemed_at >= :starts_at AND r.reversed_at IS NULL
               AND c.batch_id = :batch_id AND c.issued_on >= :first_on AND c.issued_on < :until_on
             GROUP BY c.member_id, c.id, c.issued_on) first
     GROUP BY 1 ORDER BY 1
    """
)
