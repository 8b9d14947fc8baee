"""Gifts to friends, under the accounts' locks: promised, taken back, accepted once.

They lean on uq_coupon_transfer_live, uq_coupon_transfer_to_member_id_to_coupon_id, ck_coupon_held_while_active and
tr_coupon_transfer_ends_once. A promised copy is held without a visit: using and holding refuse it by the same condition as
one that another counter holds.
"""

from typing import Final

from sqlalchemy import text

# What nobody accepted in time ended then, whenever it is noticed.
END_LAPSED: Final = text(
    """
    UPDATE coupon_transfer SET state = 'expired', ended_at = expires_at
     WHERE from_member_id = :member_id AND state = 'open' AND expires_at <= :now
    """
)
EXPIRE: Final = text(
    """
    WITH due AS MATERIALIZED (
        SELECT id FROM coupon_transfer
         WHERE state = 'open' AND expires_at <= :now
         ORDER BY expires_at LIMIT :limit
           FOR UPDATE SKIP LOCKED
    )
    UPDATE coupon_transfer t SET state = 'expired', ended_at = t.expires_at
      FROM due WHERE t.id = due.id
    """
)

# State, use, terms, that neither a counter nor a friend has it and that nobody is taking it back: whatever changed since anybody
# looked is seen here.
OFFER: Final = text(
    """
    WITH promised AS (
        UPDATE coupon c SET held_visit_id = NULL, held_until = least(c.expires_at, CAST(:until AS timestamptz))
          FROM coupon_template t
         WHERE c.member_id = :member_id AND c.public_id = :coupon AND t.id = c.template_id
           AND c.status = 'active' AND c.used = 0 AND :now < c.expires_at
           AND (c.held_until IS NULL OR c.held_until <= :now) AND c.revocation_id IS NULL
           AND coalesce((t.terms ->> 'transferable')::boolean, false)
        RETURNING c.member_id, c.id, c.held_until
    )
    INSERT INTO coupon_transfer (public_id, from_member_id, from_coupon_id, token_hash, state, created_at, expires_at)
    SELECT :public_id, member_id, id, :token_hash, 'open', :now, held_until FROM promised
    RETURNING id
    """
)

REVOKE: Final = text(
    """
    WITH ended AS (
        UPDATE coupon_transfer SET state = 'revoked', ended_at = :now
         WHERE from_member_id = :member_id AND public_id = :transfer AND state = 'open' AND :now < expires_at
        RETURNING from_member_id, from_coupon_id
    ), freed AS (
        UPDATE coupon c SET held_until = NULL
          FROM ended
         WHERE c.member_id = ended.from_member_id AND c.id = ended.from_coupon_id AND c.held_visit_id IS NULL
    )
    SELECT from_coupon_id FROM ended
    """
)

FIND: Final = text(
    "SELECT id, from_member_id, to_member_id, to_coupon_id, state, expires_at FROM coupon_transfer WHERE token_hash = :token_hash"
)

# The giver's copy is given, the friend's is made of it, the transfer names both: one statement, so that none is without the
# others. The copy has no slots: it was counted when it was issued; it stays of
# the run that gave it, so that what takes the run back reaches it.
ACCEPT: Final = text(
    """
    WITH offer AS (
        SELECT t.id, t.from_member_id, t.from_coupon_id
          FROM coupon_transfer t
          JOIN member friend ON friend.id = :member_id AND friend.status = 'active'
         WHERE t.id = :id AND t.state = 'open' AND :now < t.expires_at
           AND t.from_member_id = :from_member_id AND t.from_member_id <> :member_id
           FOR UPDATE OF t FOR SHARE OF friend
    ), given AS (
        UPDATE coupon c SET status = 'given', held_until = NULL
          FROM offer
         WHERE c.member_id = offer.from_member_id AND c.id = offer.from_coupon_id AND c.status = 'active' AND c.used = 0
           AND c.held_visit_id IS NULL AND :now < c.expires_at AND c.revocation_id IS NULL
        RETURNING c.*
    ), copy AS (
        INSERT INTO coupon (member_id, public_id, batch_id, bucket_no, template_id, family_id, life_limit, per_member_limit,
                            per_day_limit, issued_on, status, value_fen, uses, source, issued_at, usable_from, expires_at,
                            issue_run_id)
        SELECT :member_id, :public_id, given.batch_id, given.bucket_no, given.template_id, given.family_id, given.life_limit,
               given.per_member_limit, given.per_day_limit, :today, 'active', given.value_fen, given.uses,
               'transfer:' || offer.id, :now, given.usable_from, given.expires_at, given.issue_run_id
          FROM given CROSS JOIN offer
        RETURNING member_id, id, public_id
    )
    UPDATE coupon_transfer t SET state = 'accepted', ended_at = :now, to_member_id = copy.member_id, to_coupon_id = copy.id
      FROM copy WHERE t.id = :id
    RETURNING copy.public_id
    """
)
