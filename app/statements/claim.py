"""Claim and issue: one statement takes the member's lock, a free slot and the batch's stock and budget.

It leans on `ck_coupon_batch_issued_within_stock` (I6), `ck_coupon_batch_committed_within_budget` (I8),
`uq_coupon_batch_id_member_id_slot` with `ck_coupon_slot_within_limit` (I7) and `uq_coupon_member_id_source` (I4).
"""

from sqlalchemy import text

# The order matters. The member's account is locked first, so one member's commands queue here and not at the batch. The
# snapshot is older than that wait, so the slot may be stale: then the INSERT conflicts, nothing is touched, and the caller
# asks again. The hot batch row comes last and is looked at afresh: `counted` false means that it ran out meanwhile, and
# that the coupon must be taken back (TAKE_BACK).
# The member is share-locked because a merge marks it before it lets go of the account.
GIVE = text(
    """
    WITH me AS MATERIALIZED (
        SELECT a.member_id, t.rank
          FROM member_account a
          JOIN member m ON m.id = a.member_id AND m.status = 'active'
          JOIN tier t ON t.id = a.tier_id
         WHERE a.member_id = :member_id
           FOR UPDATE OF a FOR SHARE OF m
    ), open AS MATERIALIZED (
        SELECT b.id AS batch_id, b.name AS batch_name, b.per_member_limit, t.name, t.value_fen, t.min_spend_fen,
               t.store_ids,
               ((CAST(:day_ends_at AS timestamptz) AT TIME ZONE :zone) + make_interval(days => t.valid_days))
                   AT TIME ZONE :zone AS expires_at,
               (SELECT min(s) FROM generate_series(1, b.per_member_limit) s
                 WHERE NOT EXISTS (SELECT FROM coupon c
                                    WHERE c.batch_id = b.id AND c.member_id = me.member_id AND c.slot = s)) AS slot
          FROM me
          JOIN coupon_batch b ON b.public_id = :batch AND b.how = ANY(:ways) AND b.status = 'active'
                             AND b.claim_starts_at <= :now AND :now < b.claim_ends_at
                             AND b.issued < b.stock AND b.min_tier_rank <= me.rank
          JOIN coupon_template t ON t.id = b.template_id AND b.committed_fen + t.value_fen <= b.budget_fen
    ), given AS (
        INSERT INTO coupon (member_id, public_id, batch_id, slot, per_member_limit, status, value_fen, min_spend_fen,
                            store_ids, source, issued_at, usable_from, expires_at)
        SELECT :member_id, :public_id, batch_id, slot, per_member_limit, 'active', value_fen, min_spend_fen,
               store_ids, :source, :now, :now, expires_at
          FROM open
         WHERE slot IS NOT NULL
            ON CONFLICT DO NOTHING
        RETURNING *
    ), counted AS (
        UPDATE coupon_batch b
           SET issued = b.issued + 1, committed_fen = b.committed_fen + given.value_fen
          FROM given
         WHERE b.id = given.batch_id AND b.status = 'active' AND b.issued < b.stock
           AND b.committed_fen + given.value_fen <= b.budget_fen
        RETURNING b.id
    )
    SELECT given.*, open.name, open.batch_name, counted.id IS NOT NULL AS counted
      FROM given JOIN open ON true LEFT JOIN counted ON true
    """
)

# The batch said no after all: an uncounted coupon must not live, even if the caller goes on with the transaction.
TAKE_BACK = text("DELETE FROM coupon WHERE member_id = :member_id AND id = :id")

# One look at everything that can refuse, after the fact; in a transaction that already holds the member's account.
WHY_NOT = text(
    """
    SELECT b.how, b.status, b.claim_starts_at, b.claim_ends_at, b.stock, b.issued, b.budget_fen, b.committed_fen,
           b.per_member_limit, b.min_tier_rank, t.value_fen, needed.name AS tier, needed.name_en AS tier_en,
           me.status AS member_status, mine.rank,
           (SELECT count(c.slot) FROM coupon c WHERE c.batch_id = b.id AND c.member_id = me.id) AS taken,
           (SELECT c.public_id FROM coupon c WHERE c.member_id = me.id AND c.source = :source) AS first_public_id
      FROM coupon_batch b
      JOIN coupon_template t ON t.id = b.template_id
      LEFT JOIN member me ON me.id = :member_id
      LEFT JOIN member_account a ON a.member_id = me.id
      LEFT JOIN tier mine ON mine.id = a.tier_id
      LEFT JOIN LATERAL (SELECT name, name_en FROM tier WHERE rank >= b.min_tier_rank ORDER BY rank LIMIT 1) needed
             ON true
     WHERE b.public_id = :batch
    """
)
