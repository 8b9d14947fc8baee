"""The usual check-in in two round trips: LOOK takes the account's lock and reads what decides, CHECK_IN writes everything.

The second statement begins after the lock is held, so its snapshot cannot be stale: it refuses what LOOK decided by a ladder
that another has replaced while LOOK waited for the lock. It leans on pk_check_in (I9),
uq_points_entry_member_id_source, uq_growth_entry_member_id_source, uq_earning_member_id_rule_id_source (I4) and the deferred
in-balance triggers (I1). It writes what services/check_ins.py composes step by step: a test compares the rows.
"""

from typing import Final

from sqlalchemy import text

# What decides, as one value: a column less is time saved a million times a day. A ladder of periods, or one members are
# still being moved onto, is settled by services/tiers.py.
LOOK: Final = text(
    """
    SELECT account.points_owed, account.points_held, account.growth_value, account.tier_id, account.booked_at,
           jsonb_build_object(
             'zone', programme.zone, 'cut_over_hour', programme.cut_over_hour,
             'check_in_points', programme.check_in_points, 'points_expiry', programme.points_expiry,
             'streak_bonus', programme.streak_bonus, 'monthly_bonus', programme.monthly_bonus,
             'rungs', (
                SELECT jsonb_agg(jsonb_build_object(
                         'id', id, 'code', code, 'name', name, 'name_en', name_en, 'rank', rank,
                         'growth_threshold', growth_threshold, 'colour', colour, 'emblem', emblem) ORDER BY rank)
                  FROM tier),
             'ladder', coalesce((SELECT id FROM ladder WHERE status = 'active'), 0),
             'is_for_life', coalesce((
                SELECT qualification = 'lifetime' AND settling_after_id IS NULL FROM ladder WHERE status = 'active'), true),
             'rules', coalesce((
                SELECT jsonb_agg(jsonb_build_object(
                         'code', rule.code, 'rule_id', rule.id, 'version_id', version.id, 'version', version.version,
                         'ledger', rule.ledger, 'event', rule.event, 'terms', version.terms))
                  FROM earning_rule_version AS version JOIN earning_rule AS rule ON rule.id = version.rule_id
                 WHERE rule.event = 'check_in' AND version.starts_at <= :now
                   AND (version.ends_at IS NULL OR version.ends_at > :now)), '[]'),
             'automations', coalesce((
                SELECT jsonb_agg(jsonb_build_object('id', id, 'conditions', conditions)) FROM coupon_automation
                 WHERE event = 'check_in' AND is_active AND starts_at <= :now AND (ends_at IS NULL OR ends_at > :now)), '[]'),
             'badges_ahead', coalesce((
                SELECT jsonb_agg(jsonb_build_array(fact, target)) FROM badge
                 WHERE is_active AND fact IN ('streak', 'check_ins') AND NOT EXISTS (
                    SELECT FROM member_badge WHERE member_id = account.member_id AND badge_id = badge.id)), '[]')
           ) AS settings
      FROM member_account AS account JOIN programme ON programme.id = 1
     WHERE account.member_id = :member_id
       FOR UPDATE OF account
    """
)

# No row: today is checked in already, or a later day is, or the ladder is another one by now; nothing is written then. A
# ladder is in force once at most and only ever gets rungs on top, so its key and their number tell its thresholds.
CHECK_IN: Final = text(
    """
    WITH worth AS MATERIALIZED (
        SELECT facts.*,
               :base + coalesce(CAST(CAST(:streak_bonus AS jsonb) ->> CAST(streak AS text) AS bigint), 0)
                     + coalesce(CAST(CAST(:monthly_bonus AS jsonb) ->> CAST(month_count AS text) AS bigint), 0) AS points
          FROM (SELECT coalesce((SELECT streak FROM check_in WHERE member_id = :member_id
                                    AND business_date = CAST(:today AS date) - 1), 0) + 1 AS streak,
                       (SELECT count(*) FROM check_in WHERE member_id = :member_id AND month = :month) + 1 AS month_count
                 WHERE NOT EXISTS (SELECT FROM check_in WHERE member_id = :member_id AND business_date >= :today)
                   AND :ladder = coalesce((SELECT CASE WHEN settling_after_id IS NULL THEN id ELSE -1 END
                                             FROM ladder WHERE status = 'active'), 0)
                   AND :rungs = (SELECT count(*) FROM tier)
               ) AS facts
    ), account AS (
        UPDATE member_account
           SET points_balance = points_balance + worth.points, points_seq = points_seq + 1,
               growth_value = growth_value + :growth, growth_seq = growth_seq + (:growth > 0)::integer,
               booked_at = greatest(booked_at, :now)
          FROM worth WHERE member_id = :member_id
        RETURNING points_balance, points_owed, points_seq, growth_value, growth_seq
    ), done AS (
        INSERT INTO check_in (member_id, business_date, streak, points, checked_in_at)
        SELECT :member_id, :today, streak, points, :now FROM worth
    ), entry AS (
        INSERT INTO points_entry (member_id, seq, kind, from_account, to_account, amount, balance_after, owed_after, source,
                                  business_date, occurred_at, recorded_at)
        SELECT :member_id, points_seq, 'earn', 'issue', 'member', points, points_balance, points_owed, :source,
               :today, :now, :now
          FROM account, worth
        RETURNING id, amount
    ), lot AS (
        INSERT INTO points_lot (member_id, entry_id, granted, remaining, earned_at, expires_at)
        SELECT :member_id, id, amount, amount, :now, CAST(:expires_at AS timestamptz) FROM entry
    ), earned AS (
        INSERT INTO earning (member_id, rule_id, rule_version_id, source, amount, business_date, detail)
        SELECT :member_id, CAST(:rule_id AS bigint), CAST(:rule_version_id AS bigint), :source, :growth, :today,
               CAST(:detail AS jsonb)
          FROM worth WHERE :growth > 0
    ), grown AS (
        INSERT INTO growth_entry (member_id, seq, kind, delta, growth_after, source, rule_version_id, business_date,
                                  counts_on, occurred_at, recorded_at)
        SELECT :member_id, growth_seq, 'earn', :growth, growth_value, :growth_source, CAST(:rule_version_id AS bigint),
               :today, :today, :now, :now
          FROM account WHERE :growth > 0
    )
    SELECT worth.streak, worth.month_count, worth.points, account.growth_value,
           worth.points + coalesce((SELECT sum(remaining - held) FROM points_lot
                                     WHERE member_id = :member_id AND remaining > 0
                                       AND (expires_at IS NULL OR expires_at > :now)
                                       AND (available_at IS NULL OR available_at <= :now)), 0) AS spendable,
           CASE WHEN :count_all THEN (SELECT count(*) FROM check_in WHERE member_id = :member_id) + 1 END AS check_ins
      FROM worth, account
    """
)
