-- What a claim writes, as separate statements: each client takes copies for members of its own from any of the buckets.
\set n :n + 1
\set member :first + :client_id * :span + :n
\set bucket random(0, :buckets - 1)
BEGIN;
SELECT member_id FROM member_account WHERE member_id = :member FOR UPDATE;
UPDATE coupon_bucket SET issued = issued + 1, committed_fen = committed_fen + 1000 WHERE batch_id = :hot_batch AND no = :bucket AND is_open RETURNING template_id, family_id, life_limit, per_member_limit, per_day_limit \gset
INSERT INTO coupon (member_id, public_id, batch_id, bucket_no, template_id, family_id, life_limit, per_member_limit, per_day_limit, slot, issued_on, status, value_fen, uses, source, issued_at, usable_from, expires_at) VALUES (:member, gen_random_uuid(), :hot_batch, :bucket, :template_id, :family_id, :life_limit, :per_member_limit, :per_day_limit, 1, current_date, 'active', 1000, 1, 'claim:' || gen_random_uuid(), now(), now(), now() + interval '30 days');
INSERT INTO idempotency_key (principal, endpoint, key, request_hash, status_code, body, created_at, expires_at) VALUES ('member:' || :member::bigint, 'mini.coupon_batches.claim', 'floor-' || :member::bigint, sha256('floor'), 201, decode(repeat('20', :body_bytes::int), 'hex'), now(), now() + interval '96 hours');
END;
