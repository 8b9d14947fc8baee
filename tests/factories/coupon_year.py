"""A year of coupons, made in the database past triggers and foreign keys: enough rows for the planner to mind."""

import psycopg

BATCHES, COUPONS, STORES, DAYS = 50, 50_000, 10, 400

# Every second coupon was used, on a day after its issue, at one of the stores; every fifth use came back. For each use there are
# a bill with it, a bill without any, and every second time a refusal before.
FILL = """
INSERT INTO store (id, public_id, code, name, is_active) OVERRIDING SYSTEM VALUE
SELECT 900 + n, gen_random_uuid(), 'year-' || n, 'Store ' || n, true FROM generate_series(1, %(stores)s) n;

INSERT INTO staff (id, public_id, login, display_name, password_hash, role, is_active, created_at) OVERRIDING SYSTEM VALUE
SELECT 900 + n, gen_random_uuid(), 'year-' || n, 'Person ' || n, '', 'clerk', true, now() FROM generate_series(1, 30) n;

INSERT INTO payer (id, public_id, code, name, kind, is_active, created_at) OVERRIDING SYSTEM VALUE
SELECT n, gen_random_uuid(), 'year-' || n, 'Payer ' || n, 'supplier', true, now() FROM generate_series(1, 5) n;

INSERT INTO coupon_template (id, public_id, family_id, version, name, terms, created_at) OVERRIDING SYSTEM VALUE
SELECT n, id, id, 1, 'Terms ' || n,
       '{"v": 1, "kind": "amount_off", "value_fen": 1000, "min_spend_fen": 5000, "valid_days": 30}', now()
  FROM (SELECT n, gen_random_uuid() AS id FROM generate_series(1, 10) n) one;

INSERT INTO coupon_batch (id, public_id, template_id, family_id, life_limit, name, how, stock, budget_fen, per_member_limit,
                          min_tier_rank, payer_id, payer_share_bp, claim_starts_at, claim_ends_at, status, created_at)
OVERRIDING SYSTEM VALUE
SELECT n, gen_random_uuid(), t.id, t.family_id, 0, 'Batch ' || n, 'claim', 10000, 10000000, 1, 0,
       CASE WHEN n %% 2 = 0 THEN 1 + n %% 5 END, CASE WHEN n %% 2 = 0 THEN 3333 END,
       %(first)s::date, now() + interval '1 year', 'active', %(first)s::date
  FROM generate_series(1, %(batches)s) n JOIN coupon_template t ON t.id = 1 + n %% 10;

INSERT INTO coupon_bucket (batch_id, no, template_id, family_id, life_limit, per_member_limit, per_day_limit, stock, budget_fen,
                           is_open)
SELECT id, 0, template_id, family_id, 0, 1, 0, stock, budget_fen, true FROM coupon_batch;

INSERT INTO coupon (member_id, id, public_id, batch_id, bucket_no, template_id, family_id, life_limit, per_member_limit,
                    per_day_limit, slot, issued_on, status, value_fen, uses, used, source, issued_at, usable_from, expires_at,
                    redeemed_at)
OVERRIDING SYSTEM VALUE
SELECT n, n, gen_random_uuid(), b.id, 0, b.template_id, b.family_id, 0, 1, 0, 1, on_date,
       CASE WHEN is_used THEN 'redeemed' ELSE 'active' END, 1000, 1, is_used::int, 'claim:' || n, on_date, on_date, on_date + 30,
       CASE WHEN is_used THEN on_date + n %% 20 END
  FROM (SELECT n, %(first)s::date + (n * 7 / %(batches)s) %% %(days)s AS on_date, n / %(batches)s %% 2 = 0 AS is_used
          FROM generate_series(1, %(coupons)s) n) one
  JOIN coupon_batch b ON b.id = 1 + n %% %(batches)s;

INSERT INTO purchase (id, public_id, member_id, store_id, channel, order_no, bill_fen, discount_fen, refunded_fen, status,
                      occurred_at)
OVERRIDING SYSTEM VALUE
SELECT 2 * id - has, gen_random_uuid(), member_id, 901 + id %% %(stores)s, 'year', id || '-' || has, 8000, 1000 * has, 0, 'paid',
       redeemed_at
  FROM coupon CROSS JOIN generate_series(0, 1) has WHERE redeemed_at IS NOT NULL;

INSERT INTO checkout (id, public_id, visit_id, purchase_id, store_id, staff_id, bill_fen, coupon_fen, tier_fen, points_fen,
                      points_spent, settled_at, undo_until)
OVERRIDING SYSTEM VALUE
SELECT id, gen_random_uuid(), id, 2 * id - 1, 901 + id %% %(stores)s, 901 + id %% 30, 8000, 1000, 0, 0, 0, redeemed_at,
       redeemed_at
  FROM coupon WHERE redeemed_at IS NOT NULL;

INSERT INTO redemption (id, public_id, checkout_id, member_id, coupon_id, use_no, seq, store_id, staff_id, discount_fen, cost_fen,
                        batch_id, payer_id, payer_fen, redeemed_at, reversed_at, returned_by)
OVERRIDING SYSTEM VALUE
SELECT c.id, gen_random_uuid(), c.id, c.member_id, c.id, 1, 1, 901 + c.id %% %(stores)s, 901 + c.id %% 30, 1000, 1000, b.id,
       b.payer_id, CASE WHEN b.payer_id IS NULL THEN 0 ELSE 333 END, c.redeemed_at,
       CASE WHEN came_back THEN c.redeemed_at + interval '10 days' END, CASE WHEN came_back THEN 'refund' END
  FROM coupon c JOIN coupon_batch b ON b.id = c.batch_id
 CROSS JOIN LATERAL (SELECT c.id / (2 * %(batches)s) %% 5 = 0 AS came_back) fate
 WHERE c.redeemed_at IS NOT NULL;

INSERT INTO redemption_attempt (store_id, staff_id, coupon_public_ids, reason, tried_at)
SELECT store_id, staff_id, '{}', CASE WHEN id %% 8 = 0 THEN 'coupon_expired' ELSE 'wrong_store' END, redeemed_at
  FROM redemption WHERE id %% 4 = 0;
"""


def fill(url: str, *, first: str) -> None:
    """Write it, from that date on, and let the planner know; needs the server's superuser."""
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        values = {"batches": BATCHES, "coupons": COUPONS, "stores": STORES, "days": DAYS, "first": first}
        connection.execute(FILL.encode(), values)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
