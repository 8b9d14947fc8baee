-- What a bill settled with a coupon writes, as separate statements: the visit's use, the coupon's, the bill with all it earns, who did it.
\set n :n + 1
\set member :first + :client_id * :span + :n
\set clerk :first_clerk + :member % :clerks
BEGIN;
SELECT points_balance, points_seq, growth_value, growth_seq FROM member_account WHERE member_id = :member FOR UPDATE \gset
UPDATE counter_visit SET used_at = now() WHERE member_id = :member AND code_step = 0 AND used_at IS NULL RETURNING id AS visit_id \gset
UPDATE coupon SET used = used + 1, status = 'redeemed', redeemed_at = now() WHERE member_id = :member AND batch_id = :given_batch AND slot = 1 AND status = 'active' RETURNING id AS coupon_id \gset
INSERT INTO staff_counter (staff_id, business_date, kind, used, cap) VALUES (:clerk, current_date, 'coupons_redeemed', 1, 1000000), (:clerk, current_date, 'discount_fen', 1000, 1000000000) ON CONFLICT (staff_id, business_date, kind) DO UPDATE SET used = staff_counter.used + excluded.used, cap = excluded.cap WHERE staff_counter.used + excluded.used <= excluded.cap RETURNING kind;
INSERT INTO purchase (public_id, member_id, store_id, channel, order_no, bill_fen, discount_fen, refunded_fen, status, occurred_at) VALUES (gen_random_uuid(), :member, :store, 'store:' || :store::bigint, 'floor-' || :run::bigint || '-' || :member::bigint, 8800, 1000, 0, 'paid', now()) RETURNING id AS purchase_id \gset
INSERT INTO purchase_line (purchase_id, line_no, sku, category, quantity, amount_fen) VALUES (:purchase_id, 1, '', '', 1, 7800);
UPDATE member_account SET points_balance = points_balance + 78, points_seq = points_seq + 1, growth_value = growth_value + 78, growth_seq = growth_seq + 1, booked_at = now() WHERE member_id = :member;
INSERT INTO earning (member_id, rule_id, rule_version_id, source, amount, business_date, detail) VALUES (:member, :points_rule, :points_version, 'purchase:' || :purchase_id::bigint, 78, current_date, '{"floor": true}');
INSERT INTO points_entry (member_id, seq, kind, from_account, to_account, amount, balance_after, owed_after, source, rule_version_id, business_date, occurred_at, recorded_at) VALUES (:member, :points_seq::bigint + 1, 'earn', 'issue', 'member', 78, :points_balance::bigint + 78, 0, 'purchase:' || :purchase_id::bigint || chr(58) || 'base_points', :points_version, current_date, now(), now()) RETURNING id AS entry_id \gset
INSERT INTO points_lot (member_id, entry_id, granted, remaining, earned_at, expires_at) VALUES (:member, :entry_id, 78, 78, now(), now() + interval '1 year');
INSERT INTO earning (member_id, rule_id, rule_version_id, source, amount, business_date, detail) VALUES (:member, :growth_rule, :growth_version, 'purchase:' || :purchase_id::bigint, 78, current_date, '{"floor": true}');
INSERT INTO growth_entry (member_id, seq, kind, delta, growth_after, source, rule_version_id, business_date, counts_on, occurred_at, recorded_at) VALUES (:member, :growth_seq::bigint + 1, 'earn', 78, :growth_value::bigint + 78, 'purchase:' || :purchase_id::bigint || chr(58) || 'base_growth', :growth_version, current_date, current_date, now(), now());
INSERT INTO checkout (public_id, visit_id, purchase_id, store_id, staff_id, bill_fen, coupon_fen, tier_fen, points_fen, points_spent, settled_at, undo_until) VALUES (gen_random_uuid(), :visit_id, :purchase_id, :store, :clerk, 8800, 1000, 0, 0, 0, now(), now() + interval '15 minutes') RETURNING id AS checkout_id \gset
INSERT INTO redemption (public_id, checkout_id, member_id, coupon_id, use_no, seq, store_id, staff_id, discount_fen, cost_fen, redeemed_at) VALUES (gen_random_uuid(), :checkout_id, :member, :coupon_id, 1, 1, :store, :clerk, 1000, 1000, now());
INSERT INTO audit_entry (recorded_at, actor_kind, actor_id, action, object_kind, object_id, store_id, details, request_id) VALUES (now(), 'staff', :clerk, 'checkout.create', 'checkout', :checkout_id, :store, '{"bill_fen": 8800, "coupon_fen": 1000, "tier_fen": 0, "points_fen": 0, "coupon_ids": [1]}', 'floor');
INSERT INTO idempotency_key (principal, endpoint, key, request_hash, status_code, body, created_at, expires_at) VALUES ('staff:' || :clerk::bigint, 'store.checkouts.settle', 'floor-' || :run::bigint || '-' || :member::bigint, sha256('floor'), 201, decode(repeat('20', :body_bytes::int), 'hex'), now(), now() + interval '96 hours');
END;
