-- What a check-in writes, as separate statements: one member after the other, each client with members of its own.
\set n :n + 1
\set member :first + :client_id * :span + :n
BEGIN;
SELECT points_balance, points_seq, growth_value, growth_seq FROM member_account WHERE member_id = :member FOR UPDATE \gset
INSERT INTO check_in (member_id, business_date, streak, points, checked_in_at) VALUES (:member, current_date, 1, 5, now());
UPDATE member_account SET points_balance = points_balance + 5, points_seq = points_seq + 1, growth_value = growth_value + 1, growth_seq = growth_seq + 1, booked_at = now() WHERE member_id = :member;
INSERT INTO points_entry (member_id, seq, kind, from_account, to_account, amount, balance_after, owed_after, source, business_date, occurred_at, recorded_at) VALUES (:member, :points_seq::bigint + 1, 'earn', 'issue', 'member', 5, :points_balance::bigint + 5, 0, 'check_in:' || current_date, current_date, now(), now()) RETURNING id AS entry_id \gset
INSERT INTO points_lot (member_id, entry_id, granted, remaining, earned_at, expires_at) VALUES (:member, :entry_id, 5, 5, now(), now() + interval '1 year');
INSERT INTO earning (member_id, rule_id, rule_version_id, source, amount, business_date, detail) VALUES (:member, :check_in_rule, :check_in_version, 'check_in:' || current_date, 1, current_date, '{"floor": true}');
INSERT INTO growth_entry (member_id, seq, kind, delta, growth_after, source, rule_version_id, business_date, counts_on, occurred_at, recorded_at) VALUES (:member, :growth_seq::bigint + 1, 'earn', 1, :growth_value::bigint + 1, 'check_in:' || current_date || chr(58) || 'check_in_growth', :check_in_version, current_date, current_date, now(), now());
INSERT INTO idempotency_key (principal, endpoint, key, request_hash, status_code, body, created_at, expires_at) VALUES ('member:' || :member::bigint, 'mini.check_ins.check_in', 'floor-' || :member::bigint, sha256('floor'), 200, decode(repeat('20', :body_bytes::int), 'hex'), now(), now() + interval '96 hours');
END;
