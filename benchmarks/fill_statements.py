"""The shop's rows, made in the database from member numbers: every statement fills one table for a range of members.

Keys follow from the member's number, so that rows of different tables meet without a look-up and a range can be made twice
over by nobody: a second time the primary keys refuse it.
"""

from typing import Final

# A member's life in ten entries: number, day, what happened, streak, points for a check-in (0: the bill's yuan), growth.
_LIFE: Final = """
    CREATE TEMP TABLE life (k int, day int, what text, streak int, points int) ON COMMIT DROP;
    INSERT INTO life VALUES
        (1, 0, 'check_in', 1, 5), (2, 1, 'check_in', 2, 5), (3, 2, 'check_in', 3, 10), (4, 4, 'purchase', 1, 0),
        (5, 6, 'spend', 0, 30), (6, 9, 'purchase', 2, 0), (7, 12, 'check_in', 1, 5), (8, 13, 'check_in', 2, 5),
        (9, 15, 'check_in', 1, 5), (10, 17, 'check_in', 1, 5);
"""

# `due` members have lots that run out as of today, `review` members a tier to be reviewed today; half of the latter earned
# their growth more than a year ago. Everybody else's dates are of the last nine months.
_MEMBERS: Final = """
    CREATE TEMP TABLE filled ON COMMIT DROP AS
    SELECT id, id %% %(step)s = 0 AS due, id %% %(step)s = 1 AS review,
           CASE WHEN id %% %(step)s = 1 THEN 250 ELSE 20 + (id * 7 %% 300) END AS first_yuan,
           CASE WHEN id %% %(step)s = 1 THEN 100 ELSE 20 + (id * 13 %% 700) END AS second_yuan,
           CAST(%(today)s AS date) - CASE WHEN id %% (2 * %(step)s) = 1 THEN 425 ELSE 25 + (id * 11 %% 240) END::int AS begins
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS id;
"""

# One row per entry: amounts, running totals and the day.
_ENTRIES: Final = """
    CREATE TEMP TABLE booked ON COMMIT DROP AS
    SELECT *, sum(CASE what WHEN 'spend' THEN -amount ELSE amount END) OVER so_far AS balance,
           sum(growth) OVER so_far AS growth_after,
           count(*) FILTER (WHERE growth > 0) OVER so_far AS growth_seq
      FROM (
        SELECT filled.id AS member_id, (filled.id - 1) * 10 + k AS id, k, what, streak, begins + day AS on_date, due,
               CASE WHEN what <> 'purchase' THEN points WHEN streak = 1 THEN first_yuan ELSE second_yuan END AS amount,
               CASE what WHEN 'purchase' THEN CASE streak WHEN 1 THEN first_yuan ELSE second_yuan END
                         WHEN 'check_in' THEN 1 ELSE 0 END AS growth,
               (filled.id - 1) * 2 + streak AS purchase_id,
               CAST(%(day_start)s AS timestamptz)
                   + make_interval(days => begins + day - CAST(%(today)s AS date), hours => 10) AS happened_at
          FROM filled CROSS JOIN life
      ) AS raw
    WINDOW so_far AS (PARTITION BY member_id ORDER BY k)
     ORDER BY member_id, k;
"""

PREPARE: Final = (_LIFE, _MEMBERS, _ENTRIES)

_SOURCE: Final = "CASE what WHEN 'check_in' THEN 'check_in:' || on_date WHEN 'purchase' THEN 'purchase:' || purchase_id"

# Table → what fills it.
TABLES: Final = {
    "member": """
        INSERT INTO member (id, public_id, status, nickname, birth_month, birth_day, phone_index, phone_cipher, phone_masked,
                            locale, code_number, code_secret_cipher, marketing_consent, joined_at, joined_channel)
        OVERRIDING SYSTEM VALUE
        SELECT id, ('01920000-0000-7000-8000-' || lpad(to_hex(id), 12, '0'))::uuid, 'active', '会员' || id,
               1 + id %% 12, 1 + id %% 28, CASE WHEN id %% 2 = 0 THEN sha256(id::text::bytea) END,
               CASE WHEN id %% 2 = 0 THEN '\\x00'::bytea END,
               CASE WHEN id %% 2 = 0 THEN '138****' || lpad((id %% 10000)::text, 4, '0') END,
               'zh_CN', lpad(id::text, 9, '0'), '\\x00', id %% 3 = 0,
               CAST(%(day_start)s AS timestamptz) + make_interval(days => begins - CAST(%(today)s AS date) - 1),
               'mini_program'
          FROM filled ORDER BY id
    """,
    "member_identity": """
        INSERT INTO member_identity (id, member_id, kind, app_id, value, linked_at) OVERRIDING SYSTEM VALUE
        SELECT id, id, 'openid', %(app_id)s, 'o-bench-' || lpad(id::text, 12, '0'),
               CAST(%(day_start)s AS timestamptz) + make_interval(days => begins - CAST(%(today)s AS date) - 1)
          FROM filled ORDER BY id
    """,
    # The number a sales channel knows them by, for those the load drivers may play.
    "member_identity (external)": """
        INSERT INTO member_identity (id, member_id, kind, app_id, value, linked_at) OVERRIDING SYSTEM VALUE
        SELECT %(members)s + id, id, 'external', 'bench', 'customer-' || id, CAST(%(day_start)s AS timestamptz)
          FROM filled WHERE id <= 200000 ORDER BY id
    """,
    # A sign-in for everybody the load drivers may play; the token is "bench-<member>".
    "member_session": """
        INSERT INTO member_session (member_id, openid, token_hash, created_at, expires_at)
        SELECT id, 'o-bench-' || lpad(id::text, 12, '0'), sha256(('bench-' || id)::bytea), CAST(%(day_start)s AS timestamptz),
               CAST(%(day_start)s AS timestamptz) + interval '30 days'
          FROM filled WHERE id <= 200000 ORDER BY id
    """,
    "member_account": """
        INSERT INTO member_account (member_id, points_balance, points_owed, points_seq, growth_value, growth_seq, tier_id,
                                    tier_valid_through, booked_at)
        SELECT member_id, balance, 0, 10, growth_after, growth_seq, tier.id,
               CASE WHEN NOT %(reviewed)s OR tier.rank = 0 THEN NULL
                    WHEN review THEN CAST(%(today)s AS date) - 1 - %(grace_days)s::int
                    ELSE CAST(%(today)s AS date) + 30 + (member_id %% 300)::int END,
               happened_at
          FROM booked JOIN filled ON filled.id = member_id
          JOIN LATERAL (SELECT id, rank FROM tier WHERE growth_threshold <= growth_after ORDER BY rank DESC LIMIT 1) AS tier
            ON true
         WHERE k = 10 ORDER BY member_id
    """,
    "tier_history": """
        INSERT INTO tier_history (member_id, tier_id, starts_at, ends_at, reason)
        SELECT member_id, tier_id, starts_at, lead(starts_at) OVER mine,
               CASE WHEN row_number() OVER mine = 1 THEN 'joined' ELSE 'growth' END
          FROM (
            SELECT member_id, tier.id AS tier_id, min(reached_at) AS starts_at FROM (
                SELECT member_id, growth_after, happened_at AS reached_at FROM booked WHERE growth > 0
                UNION ALL
                SELECT member_id, 0, happened_at - interval '1 day' FROM booked WHERE k = 1
            ) AS growing
              JOIN LATERAL (SELECT id FROM tier WHERE growth_threshold <= growth_after ORDER BY rank DESC LIMIT 1) AS tier
                ON true
             GROUP BY member_id, tier.id
          ) AS reached
        WINDOW mine AS (PARTITION BY member_id ORDER BY starts_at)
         ORDER BY member_id
    """,
    "check_in": """
        INSERT INTO check_in (member_id, business_date, streak, points, checked_in_at)
        SELECT member_id, on_date, streak, amount, happened_at FROM booked WHERE what = 'check_in' ORDER BY id
    """,
    "purchase": """
        INSERT INTO purchase (id, public_id, member_id, channel, order_no, bill_fen, discount_fen, refunded_fen, status,
                              occurred_at)
        OVERRIDING SYSTEM VALUE
        SELECT purchase_id, ('01920001-0000-7000-8000-' || lpad(to_hex(purchase_id), 12, '0'))::uuid, member_id, 'bench',
               'B' || lpad(purchase_id::text, 10, '0'), amount * 100, 0, 0, 'paid', happened_at
          FROM booked WHERE what = 'purchase' ORDER BY id
    """,
    "purchase_line": """
        INSERT INTO purchase_line (purchase_id, line_no, sku, category, quantity, amount_fen)
        SELECT purchase_id, 1, 'SKU-' || purchase_id %% 500, 'category-' || purchase_id %% 20, 1, amount * 100
          FROM booked WHERE what = 'purchase' ORDER BY id
    """,
    "points_entry": f"""
        INSERT INTO points_entry (member_id, id, seq, kind, from_account, to_account, amount, balance_after, owed_after,
                                  source, rule_version_id, business_date, occurred_at, recorded_at)
        OVERRIDING SYSTEM VALUE
        SELECT member_id, id, k, CASE what WHEN 'spend' THEN 'spend' ELSE 'earn' END,
               CASE what WHEN 'spend' THEN 'member' ELSE 'issue' END, CASE what WHEN 'spend' THEN 'spend' ELSE 'member' END,
               amount, balance, 0, {_SOURCE} || %(points_suffix)s ELSE 'bench_spend' END,
               CASE what WHEN 'purchase' THEN CAST(%(points_version)s AS bigint) END, on_date, happened_at, happened_at
          FROM booked ORDER BY id
    """,  # noqa: S608
    "points_lot": """
        INSERT INTO points_lot (member_id, id, entry_id, granted, remaining, earned_at, expires_at) OVERRIDING SYSTEM VALUE
        SELECT member_id, id, id, amount, CASE WHEN k <= 3 THEN 0 WHEN k = 4 THEN amount - 10 ELSE amount END, happened_at,
               CASE WHEN due THEN CAST(%(day_start)s AS timestamptz)
                    ELSE CAST(%(day_start)s AS timestamptz) + make_interval(days => 1 + greatest(30,
                         (on_date + interval '12 months')::date - CAST(%(today)s AS date))) END
          FROM booked WHERE what <> 'spend' ORDER BY id
    """,
    "points_lot_use": """
        INSERT INTO points_lot_use (member_id, entry_id, lot_id, amount)
        SELECT member_id, (member_id - 1) * 10 + 5, id, CASE WHEN k = 4 THEN 10 ELSE amount END
          FROM booked WHERE k <= 4 ORDER BY id
    """,
    "points_hold": """
        INSERT INTO points_hold (member_id, id, public_id, amount, source, state, created_at, expires_at, ended_at)
        OVERRIDING SYSTEM VALUE
        SELECT member_id, member_id, ('01920003-0000-7000-8000-' || lpad(to_hex(member_id), 12, '0'))::uuid, 5, 'bench_hold',
               'released', happened_at, happened_at + interval '15 minutes', happened_at + interval '5 minutes'
          FROM booked WHERE k = 10 AND member_id %% 10 = 0 ORDER BY member_id
    """,
    "points_hold_lot": """
        INSERT INTO points_hold_lot (member_id, hold_id, lot_id, amount)
        SELECT member_id, member_id, id, 5 FROM booked WHERE k = 9 AND member_id %% 10 = 0 ORDER BY member_id
    """,
    "growth_entry": f"""
        INSERT INTO growth_entry (member_id, id, seq, kind, delta, growth_after, source, rule_version_id, business_date,
                                  counts_on, occurred_at, recorded_at)
        OVERRIDING SYSTEM VALUE
        SELECT member_id, id, growth_seq, 'earn', growth, growth_after,
               {_SOURCE} || %(growth_suffix)s END,
               -- Growth of check-ins is of the time before rules: seven explanations less per member.
               CASE what WHEN 'purchase' THEN CAST(%(growth_version)s AS bigint) END, on_date, on_date, happened_at, happened_at
          FROM booked WHERE growth > 0 ORDER BY id
    """,  # noqa: S608
    "earning": """
        INSERT INTO earning (member_id, rule_id, rule_version_id, source, amount, business_date, detail)
        SELECT member_id, rule.rule_id, rule.id, 'purchase:' || purchase_id, amount, on_date, '{}'
          FROM booked CROSS JOIN earning_rule_version AS rule
         WHERE what = 'purchase' AND rule.id IN (%(points_version)s, %(growth_version)s) ORDER BY booked.id
    """,
}

# Tables whose next keys the product itself will give.
SEQUENCES: Final = (
    "member",
    "member_identity",
    "purchase",
    "points_entry",
    "points_lot",
    "points_hold",
    "growth_entry",
)

# A ladder whose tiers are reviewed: growth of the last twelve months, a tier for twelve months.
ROLLING: Final = """
    UPDATE ladder SET qualification = 'rolling', qualification_months = 12, validity_months = 12, downgrade = 'balance_based'
     WHERE status = 'active'
"""
# Every hundredth member has a bill of somebody who has not turned up yet.
WAITING: Final = """
    WITH bill AS (
        INSERT INTO purchase (id, public_id, channel, order_no, bill_fen, status, discount_fen, occurred_at, buyer_external_id)
        OVERRIDING SYSTEM VALUE
        SELECT %(members)s * 2 + n, ('01920002-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'bench',
               'W' || lpad(n::text, 10, '0'), 5000, 'waiting', 0, CAST(%(day_start)s AS timestamptz) - interval '2 days',
               'bench-customer-' || n
          FROM generate_series(1, %(members)s / 100) AS n
        RETURNING id, bill_fen
    )
    INSERT INTO purchase_line (purchase_id, line_no, sku, category, quantity, amount_fen)
    SELECT id, 1, 'SKU-1', 'category-1', 1, bill_fen FROM bill
"""
