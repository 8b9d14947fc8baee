-- What a scan looks up and writes, as separate statements: whose turn it is, whom the code names, the visit, the card, the coupons.
\set n :n + 1
\set member :first + :client_id * :span + :n
\set clerk :first_clerk + :client_id
BEGIN;
SELECT n FROM attempt_counter WHERE key = 'floor:' || :clerk::bigint AND window_start = date_trunc('hour', now()) FOR NO KEY UPDATE;
SELECT m.id, m.code_secret_cipher, EXISTS (SELECT FROM staff s WHERE s.id = :clerk AND s.member_id = m.id) FROM member m WHERE m.code_number = lpad(:member::bigint::text, 9, '0') AND m.status = 'active';
INSERT INTO counter_visit (public_id, member_id, code_step, store_id, staff_id, opened_at, expires_at) VALUES (gen_random_uuid(), :member, 1, :store, :clerk, now(), now() + interval '10 minutes');
SELECT m.public_id, m.nickname, m.phone_masked, m.birth_month, m.birth_day, m.joined_at, (SELECT coalesce(sum(l.remaining), 0) FROM points_lot l WHERE l.member_id = m.id AND l.remaining > 0 AND (l.expires_at IS NULL OR l.expires_at > now())) AS points, t.code, t.name, t.name_en, t.colour, t.emblem FROM member m JOIN member_account a ON a.member_id = m.id JOIN tier t ON t.id = a.tier_id WHERE m.id = :member;
SELECT c.public_id, c.value_fen, c.uses, c.used, c.issued_at, c.usable_from, c.expires_at, t.name, t.terms, b.name FROM coupon c JOIN coupon_batch b ON b.id = c.batch_id JOIN coupon_template t ON t.id = c.template_id WHERE c.member_id = :member AND c.status = 'active' AND c.expires_at > now() AND c.usable_from <= now() ORDER BY c.expires_at, c.id LIMIT 20;
END;
