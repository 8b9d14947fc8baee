-- What a bill reported by a partner writes, as separate statements: its nonce first, in a transaction of its own.
\set n :n + 1
\set member :first + :client_id * :span + :n
INSERT INTO partner_nonce (partner_key_id, nonce, used_at) VALUES (:partner_key, 'floor-' || :run::bigint || '-' || :member::bigint, now());
BEGIN;
SELECT points_balance, points_seq, growth_value, growth_seq FROM member_account WHERE member_id = :member FOR UPDATE \gset
INSERT INTO purchase (public_id, member_id, channel, order_no, bill_fen, discount_fen, refunded_fen, status, occurred_at) VALUES (gen_random_uuid(), :member, 'bench', 'floor-' || :run::bigint || '-' || :member::bigint, 8800, 0, 0, 'paid', now()) RETURNING id AS purchase_id \gset
INSERT INTO purchase_line (purchase_id, line_no, sku, category, quantity, amount_fen) VALUES (:purchase_id, 1, 'SKU-1', 'category-1', 1, 8800);
UPDATE member_account SET points_balance = points_balance + 88, points_seq = points_seq + 1, growth_value = growth_value + 88, growth_seq = growth_seq + 1, booked_at = now() WHERE member_id = :member;
INSERT INTO earning (member_id, rule_id, rule_version_id, source, amount, business_date, detail) VALUES (:member, :points_rule, :points_version, 'purchase:' || :purchase_id::bigint, 88, current_date, '{"floor": true}');
INSERT INTO points_entry (member_id, seq, kind, from_account, to_account, amount, balance_after, owed_after, source, rule_version_id, business_date, occurred_at, recorded_at) VALUES (:member, :points_seq::bigint + 1, 'earn', 'issue', 'member', 88, :points_balance::bigint + 88, 0, 'purchase:' || :purchase_id::bigint || chr(58) || 'base_points', :points_version, current_date, now(), now()) RETURNING id AS entry_id \gset
INSERT INTO points_lot (member_id, entry_id, granted, remaining, earned_at, expires_at) VALUES (:member, :entry_id, 88, 88, now(), now() + interval '1 year');
INSERT INTO earning (member_id, rule_id, rule_version_id, source, amount, business_date, detail) VALUES (:member, :growth_rule, :growth_version, 'purchase:' || :purchase_id::bigint, 88, current_date, '{"floor": true}');
INSERT INTO growth_entry (member_id, seq, kind, delta, growth_after, source, rule_version_id, business_date, counts_on, occurred_at, recorded_at) VALUES (:member, :growth_seq::bigint + 1, 'earn', 88, :growth_value::bigint + 88, 'purchase:' || :purchase_id::bigint || chr(58) || 'base_growth', :growth_version, current_date, current_date, now(), now());
END;
