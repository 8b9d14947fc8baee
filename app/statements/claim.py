"""Claim and issue: one statement takes the member's lock, free slots, and a share of the batch's stock and budget.

It leans on `ck_coupon_bucket_issued_within_stock` (I6), `ck_coupon_bucket_committed_within_budget` (I8),
`uq_coupon_batch_id_member_id_slot`, `uq_coupon_day_slot` and `uq_coupon_life_slot` with their CHECKs (I7), and
`uq_coupon_member_id_source` (I4).
"""

from typing import Final

from sqlalchemy import text

from app.statements.wallet import NAMES

# From when to when a copy given now is good, by terms `t`.
VALID: Final = """
    SELECT CASE WHEN t.terms ? 'valid_from'
                THEN greatest(CAST(:now AS timestamptz),
                              ((t.terms ->> 'valid_from')::date + make_interval(hours => :cut_over_hour))
                              AT TIME ZONE :zone)
                WHEN t.terms ? 'start_delay_days' AND (t.terms ->> 'start_delay_days')::integer > 0
                THEN ((CAST(:day_ends_at AS timestamptz) AT TIME ZONE :zone)
                      + make_interval(days => (t.terms ->> 'start_delay_days')::integer - 1)) AT TIME ZONE :zone
                ELSE CAST(:now AS timestamptz) END AS usable_from,
           CASE WHEN t.terms ? 'valid_until'
                THEN ((t.terms ->> 'valid_until')::date + 1 + make_interval(hours => :cut_over_hour))
                     AT TIME ZONE :zone
                ELSE ((CAST(:day_ends_at AS timestamptz) AT TIME ZONE :zone)
                      + make_interval(days => coalesce((t.terms ->> 'start_delay_days')::integer, 0)
                                              + (t.terms ->> 'valid_days')::integer)) AT TIME ZONE :zone
           END AS expires_at
"""

# Buckets with something left.
_BUCKETS: Final = """
          FROM open JOIN coupon_bucket k ON k.batch_id = open.batch_id
         WHERE open.slot IS NOT NULL AND (open.per_day_limit = 0 OR open.day_slot IS NOT NULL)
           AND (open.life_limit = 0 OR open.life_slot IS NOT NULL)
           AND k.is_open AND k.issued < k.stock AND k.committed_fen + open.worth_fen <= k.budget_fen"""

# The order matters. The member's account is locked first, so one member's commands queue here and not at the batch. The
# snapshot is older than that wait, so a slot may be stale: then the INSERT conflicts, nothing is touched, and the caller asks
# again. A bucket nobody holds is taken, from a dice's throw on; only when all that are left are held, one is waited for and
# looked at afresh, and when it has run dry or was closed meanwhile the next one is taken, so that the last copies are still given
# and never one more. Everybody waits in the buckets' order: one that was waited for in vain stays locked.
# The member is share-locked because a merge marks it before it lets go of the account. Dates are counted by the calendar the
# caller knows; when the programme has another one by now, nothing is given.
GIVE = text(
    f"""
    WITH me AS MATERIALIZED (
        SELECT a.member_id, t.rank
          FROM member_account a
          JOIN member m ON m.id = a.member_id AND m.status = 'active'
          JOIN tier t ON t.id = a.tier_id
          JOIN programme p ON p.id = 1 AND p.zone = :zone AND p.cut_over_hour = :cut_over_hour
         WHERE a.member_id = :member_id
           FOR UPDATE OF a FOR SHARE OF m
    ), open AS MATERIALIZED (
        SELECT b.id AS batch_id, b.name AS batch_name, b.buckets, b.template_id, b.family_id, b.life_limit,
               b.per_member_limit, b.per_day_limit, t.name, t.terms, t.value_fen, t.uses,
               t.value_fen * t.uses AS worth_fen, valid.usable_from, valid.expires_at,
               (SELECT min(s) FROM generate_series(1, b.per_member_limit) s
                 WHERE NOT EXISTS (SELECT FROM coupon c
                                    WHERE c.batch_id = b.id AND c.member_id = me.member_id AND c.slot = s)) AS slot,
               CASE WHEN b.per_day_limit > 0 THEN
               (SELECT min(s) FROM generate_series(1, b.per_day_limit) s
                 WHERE NOT EXISTS (SELECT FROM coupon c
                                    WHERE c.batch_id = b.id AND c.member_id = me.member_id
                                      AND c.issued_on = :today AND c.day_slot = s)) END AS day_slot,
               CASE WHEN b.life_limit > 0 THEN
               (SELECT min(s) FROM generate_series(1, b.life_limit) s
                 WHERE NOT EXISTS (SELECT FROM coupon c
                                    WHERE c.family_id = b.family_id AND c.member_id = me.member_id
                                      AND c.life_slot = s)) END AS life_slot
          FROM me
          JOIN coupon_batch b ON b.public_id = :batch AND b.how = ANY(:ways) AND b.status = 'active'
                             AND b.claim_starts_at <= :now AND :now < b.claim_ends_at AND b.min_tier_rank <= me.rank
                             AND (b.member_list_id IS NULL
                                  OR EXISTS (SELECT FROM member_list_entry e
                                              WHERE e.list_id = b.member_list_id AND e.member_id = me.member_id))
          JOIN coupon_template t ON t.id = b.template_id
         CROSS JOIN LATERAL ({VALID}) valid
         WHERE valid.expires_at > valid.usable_from
    ), idle AS MATERIALIZED (
        SELECT k.no {_BUCKETS}
         ORDER BY mod(k.no + CAST(:dice AS integer), open.buckets) LIMIT 1
           FOR NO KEY UPDATE OF k SKIP LOCKED
    ), busy AS MATERIALIZED (
        SELECT k.no {_BUCKETS} AND NOT EXISTS (SELECT FROM idle)
         ORDER BY k.no LIMIT 1
           FOR NO KEY UPDATE OF k
    ), bucket AS (
        SELECT no FROM idle UNION ALL SELECT no FROM busy
    ), given AS (
        INSERT INTO coupon (member_id, public_id, batch_id, bucket_no, template_id, family_id, life_limit,
                            per_member_limit, per_day_limit, slot, day_slot, life_slot, issued_on, status, value_fen, uses,
                            source, issued_at, usable_from, expires_at)
        SELECT :member_id, :public_id, batch_id, bucket.no, template_id, family_id, life_limit,
               per_member_limit, per_day_limit, slot, day_slot, life_slot, :today, 'active', value_fen, uses,
               :source, :now, usable_from, expires_at
          FROM open CROSS JOIN bucket
            ON CONFLICT DO NOTHING
        RETURNING id, public_id, batch_id, bucket_no, status, value_fen, uses, used, issued_at, usable_from, expires_at,
                  redeemed_at, held_visit_id, held_until
    ), counted AS (
        UPDATE coupon_bucket k
           SET issued = k.issued + 1, committed_fen = k.committed_fen + given.value_fen * given.uses
          FROM given
         WHERE k.batch_id = given.batch_id AND k.no = given.bucket_no
    )
    SELECT given.*, open.name, open.batch_name, CAST(open.terms AS text) AS terms, {NAMES.format(terms="open.terms")}
      FROM given CROSS JOIN open
    """  # noqa: S608 a constant of ours
)

# One look at everything that can refuse, after the fact; in a transaction that already holds the member's account.
WHY_NOT = text(
    """
    SELECT b.how, b.status, b.claim_starts_at, b.claim_ends_at, b.per_member_limit, b.per_day_limit, b.life_limit,
           b.min_tier_rank, needed.name AS tier, needed.name_en AS tier_en, me.status AS member_status, mine.rank,
           b.member_list_id IS NULL
               OR EXISTS (SELECT FROM member_list_entry e WHERE e.list_id = b.member_list_id AND e.member_id = me.id) AS listed,
           coalesce((t.terms ->> 'valid_until')::date < CAST(:today AS date), false) AS is_past,
           left_over.stock AS stock_left, left_over.fits AS budget_left,
           (SELECT count(c.slot) FROM coupon c WHERE c.batch_id = b.id AND c.member_id = me.id) AS taken,
           (SELECT count(c.day_slot) FROM coupon c
             WHERE c.batch_id = b.id AND c.member_id = me.id AND c.issued_on = :today) AS taken_today,
           (SELECT count(c.life_slot) FROM coupon c WHERE c.family_id = b.family_id AND c.member_id = me.id) AS taken_ever,
           (SELECT c.public_id FROM coupon c WHERE c.member_id = me.id AND c.source = :source) AS first_public_id
      FROM coupon_batch b
      JOIN coupon_template t ON t.id = b.template_id
      LEFT JOIN member me ON me.id = :member_id
      LEFT JOIN member_account a ON a.member_id = me.id
      LEFT JOIN tier mine ON mine.id = a.tier_id
      LEFT JOIN LATERAL (SELECT name, name_en FROM tier WHERE rank >= b.min_tier_rank ORDER BY rank LIMIT 1) needed
             ON true
     CROSS JOIN LATERAL (
           SELECT bool_or(k.issued < k.stock) AS stock,
                  bool_or(k.issued < k.stock AND k.committed_fen + t.value_fen * t.uses <= k.budget_fen) AS fits
             FROM coupon_bucket k WHERE k.batch_id = b.id) left_over
     WHERE b.public_id = :batch
    """
)
