"""The usual bill in two round trips: LOOK takes the account's lock and reads what decides, RECORD writes everything.

RECORD begins after the lock is held, so its snapshot cannot be stale: it refuses what LOOK decided by a ladder that another has
replaced while LOOK waited for the lock. It leans on uq_purchase_order, uq_points_entry_member_id_source,
uq_growth_entry_member_id_source, uq_earning_member_id_rule_id_source (I4) and the deferred in-balance triggers (I1). It writes
what services/purchases.py composes step by step: a test compares the rows.
"""

from typing import Final

from sqlalchemy import text

LOOK: Final = text(
    """
    SELECT account.points_owed, account.points_held, account.growth_value, account.booked_at, tier.code AS tier_code, tier.rank,
           (SELECT code FROM store WHERE id = CAST(:store_id AS bigint)) AS store_code,
           programme.zone, programme.cut_over_hour, programme.points_expiry,
           (SELECT count(*) FROM tier) AS rungs,
           (SELECT growth_threshold FROM tier AS above WHERE above.rank = tier.rank + 1) AS next_threshold,
           coalesce((SELECT id FROM ladder WHERE status = 'active'), 0) AS ladder,
           coalesce((SELECT qualification = 'lifetime' AND settling_after_id IS NULL
                       FROM ladder WHERE status = 'active'), true) AS is_for_life,
           CAST(coalesce((
              SELECT jsonb_agg(jsonb_build_object(
                       'code', rule.code, 'rule_id', rule.id, 'version_id', version.id, 'version', version.version,
                       'ledger', rule.ledger, 'event', rule.event, 'terms', version.terms))
                FROM earning_rule_version AS version JOIN earning_rule AS rule ON rule.id = version.rule_id
               WHERE rule.event = 'purchase' AND version.starts_at <= :at
                 AND (version.ends_at IS NULL OR version.ends_at > :at)), '[]') AS text) AS rules,
           EXISTS (
              SELECT FROM badge
               WHERE is_active AND fact = ANY (:facts) AND NOT EXISTS (
                  SELECT FROM member_badge WHERE member_id = account.member_id AND badge_id = badge.id)) AS badges_ahead,
           EXISTS (
              SELECT FROM coupon_automation
               WHERE event = 'purchase' AND is_active AND starts_at <= :at
                 AND (ends_at IS NULL OR ends_at > :at)) AS is_automated
      FROM member_account AS account
      JOIN tier ON tier.id = account.tier_id
      JOIN programme ON programme.id = 1
     WHERE account.member_id = :member_id
       FOR UPDATE OF account
    """
)

# No row: the order is known already, or the ladder is another one by now; nothing is written then. A ladder is in force once
# at most and only ever gets rungs on top, so its key and their number tell its thresholds.
RECORD: Final = text(
    """
    WITH bought AS (
        INSERT INTO purchase (public_id, member_id, store_id, channel, order_no, bill_fen, discount_fen, status, occurred_at)
        SELECT :public_id, :member_id, CAST(:store_id AS bigint), :channel, :order_no, :bill_fen, :discount_fen, 'paid', :at
         WHERE :ladder = coalesce((SELECT CASE WHEN settling_after_id IS NULL THEN id ELSE -1 END
                                     FROM ladder WHERE status = 'active'), 0)
           AND :rungs = (SELECT count(*) FROM tier)
        ON CONFLICT (channel, order_no) WHERE status <> 'voided' DO NOTHING
        RETURNING id, 'purchase:' || id AS source
    ), lines AS (
        INSERT INTO purchase_line (purchase_id, line_no, sku, category, quantity, amount_fen)
        SELECT bought.id, line.*
          FROM bought, jsonb_to_recordset(CAST(:lines AS jsonb))
                       AS line (line_no integer, sku text, category text, quantity integer, amount_fen bigint)
    ), account AS (
        UPDATE member_account
           SET points_balance = points_balance + :points, points_seq = points_seq + (:points > 0)::integer,
               growth_value = growth_value + :growth, growth_seq = growth_seq + (:growth > 0)::integer,
               booked_at = greatest(booked_at, :now)
          FROM bought WHERE member_id = :member_id AND :points + :growth > 0
        RETURNING points_balance, points_owed, points_seq, growth_value, growth_seq
    ), entry AS (
        INSERT INTO points_entry (member_id, seq, kind, from_account, to_account, amount, balance_after, owed_after, source,
                                  rule_version_id, business_date, occurred_at, recorded_at)
        SELECT :member_id, points_seq, 'earn', 'issue', 'member', :points, points_balance, points_owed,
               bought.source || ':' || CAST(:points_code AS text), CAST(:points_version AS bigint), :today, :at, :now
          FROM account, bought WHERE :points > 0
        RETURNING id, amount
    ), lot AS (
        INSERT INTO points_lot (member_id, entry_id, granted, remaining, earned_at, expires_at)
        SELECT :member_id, id, amount, amount, :at, CAST(:lot_expires_at AS timestamptz) FROM entry
    ), grown AS (
        INSERT INTO growth_entry (member_id, seq, kind, delta, growth_after, source, rule_version_id, business_date,
                                  counts_on, occurred_at, recorded_at)
        SELECT :member_id, growth_seq, 'earn', :growth, growth_value, bought.source || ':' || CAST(:growth_code AS text),
               CAST(:growth_version AS bigint), :today, CAST(:counts_on AS date), :at, :now
          FROM account, bought WHERE :growth > 0
    ), earned AS (
        INSERT INTO earning (member_id, rule_id, rule_version_id, source, amount, business_date, detail)
        SELECT :member_id, paid.rule_id, paid.version_id, bought.source, paid.amount, :bought_on, paid.detail
          FROM bought, jsonb_to_recordset(CAST(:payments AS jsonb))
                       AS paid (rule_id bigint, version_id bigint, amount bigint, detail jsonb)
    )
    SELECT id FROM bought
    """
)
