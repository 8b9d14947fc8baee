"""What an erasure does to everything that hangs on a member. `:members`: the member and whoever was merged into them.

The ledger stays, under a number that names nobody; what could say who it was is deleted or emptied. Which table meets which
fate is told in statements/member_tables.py, and a test compares.
"""

# ruff: noqa: S608  (tables of our own)

from typing import Final

from sqlalchemy import TextClause, text

from app.statements.member_tables import FATES

# A request is taken up by its key; whoever else works on it is waited for.
DUE: Final = text(
    "SELECT id, member_id FROM erasure_request WHERE state = 'waiting' AND due_at <= :now AND id > :after_id"
    " ORDER BY id LIMIT :limit"
)
TWINS: Final = text("SELECT id FROM member WHERE id = :member_id OR merged_into_id = :member_id ORDER BY id")

# A message that has left or is leaving: its worker must find the row as it left it.
LEAVING: Final = text(
    "SELECT EXISTS (SELECT FROM delivery WHERE member_id = ANY(:members) AND state || '' = 'dispatching')"
)

# WeChat's events and the followers' list know the person by the OpenID alone, so they go before the identities do. Of events
# only choices would speak again when somebody enrols with this OpenID; the others are purged by their age.
BY_OPENID: Final = (
    text(
        "DELETE FROM wechat_event e USING member_identity i WHERE i.member_id = ANY(:members) AND i.kind = 'openid'"
        " AND e.openid = i.value AND e.event IN ('subscribe_msg_popup_event', 'subscribe_msg_change_event')"
    ),
    text(
        "DELETE FROM official_follower f USING member_identity i WHERE i.member_id = ANY(:members)"
        " AND (i.kind = 'openid' AND f.app_id = i.app_id AND f.openid = i.value"
        " OR i.kind = 'unionid' AND f.unionid = i.value)"
    ),
    text(
        "DELETE FROM idempotency_key WHERE principal = ANY (ARRAY(SELECT 'member:' || id FROM unnest("
        "CAST(:members AS bigint[])) AS one (id)))"
    ),
)

# One row for each batch of which the member had copies; a copy promised to a visit or a friend goes as well.
COUPONS: Final = text(
    """
    WITH made AS (
        INSERT INTO revocation (public_id, scope, batch_id, state, reason, expected, after_id, revoked, restored,
                                created_at, finished_at)
        SELECT gen_random_uuid(), 'erasure', batch_id, 'done', 'erasure', count(*), 0, count(*), 0, :now, :now
          FROM coupon WHERE member_id = :member_id AND status = 'active' GROUP BY batch_id
        RETURNING id, batch_id
    )
    UPDATE coupon c SET status = 'revoked', revocation_id = made.id, held_visit_id = NULL, held_until = NULL
      FROM made WHERE c.member_id = :member_id AND c.status = 'active' AND c.batch_id = made.batch_id
    RETURNING c.id
    """
)
TRANSFERS: Final = text(
    "UPDATE coupon_transfer SET state = 'revoked', ended_at = :now WHERE from_member_id = :member_id AND state = 'open'"
)
OWED: Final = (
    text(
        "UPDATE coupon_owed SET state = 'unavailable', reason = 'erased', ended_at = :now"
        " WHERE member_id = :member_id AND state = 'due'"
    ),
    text(
        "UPDATE tier_gift SET state = 'unavailable', reason = 'erased', ended_at = :now"
        " WHERE member_id = :member_id AND state = 'due'"
    ),
)

# Nothing more leaves, nothing more is given with it, and no row says any more where it went.
DELIVERIES: Final = text(
    """
    UPDATE delivery
       SET state = CASE WHEN state IN ('planned', 'claimed') THEN 'suppressed' ELSE state END,
           reason = CASE WHEN state IN ('planned', 'claimed') THEN 'erased' ELSE reason END,
           finished_at = CASE WHEN state IN ('planned', 'claimed') THEN :now ELSE finished_at END,
           claim_token = NULL, lease_until = NULL, openid = NULL, awaiting_event = false,
           benefit = CASE benefit WHEN 'due' THEN 'refused' ELSE benefit END
     WHERE member_id = ANY(:members)
    """
)
GRANTS: Final = text(
    """
    WITH ended AS (
        UPDATE subscription_grant g SET remaining = 0, updated_at = :now FROM subscription_grant old
         WHERE g.member_id = ANY(:members) AND g.remaining > 0
           AND old.member_id = g.member_id AND old.message_template_id = g.message_template_id
        RETURNING g.member_id, g.message_template_id, old.remaining
    )
    INSERT INTO subscription_grant_entry (member_id, message_template_id, kind, delta, source, recorded_at)
    SELECT member_id, message_template_id, 'switched_off', -remaining, :source, :now FROM ended
    """
)

# Words that people typed about the member; the rows they stand in stay.
WORDS: Final = (
    text("UPDATE adjustment SET reason = 'erased' WHERE member_id = ANY(:members)"),
    text(
        "UPDATE coupon_exchange SET return_reason = 'erased' WHERE member_id = :member_id AND return_reason IS NOT NULL"
    ),
    text(
        "UPDATE checkout k SET reversal_reason = 'erased' FROM counter_visit v"
        " WHERE v.member_id = ANY(:members) AND k.visit_id = v.id AND k.reversal_reason IS NOT NULL"
    ),
    text("UPDATE erasure_request SET reason = 'erased' WHERE member_id = ANY(:members) AND reason IS NOT NULL"),
)
STAFF: Final = text("UPDATE staff SET member_id = NULL WHERE member_id = ANY(:members)")

# Without its secret no code of theirs was ever true, and the public id that others may have written down names nobody.
MEMBER: Final = text(
    """
    UPDATE member
       SET status = CASE WHEN id = :member_id THEN 'erased' ELSE status END,
           public_id = gen_random_uuid(), nickname = '', birth_month = NULL, birth_day = NULL, zone = NULL,
           phone_cipher = NULL, phone_index = NULL, phone_masked = NULL, locale = 'zh_CN',
           code_number = 'erased:' || id, code_secret_cipher = '', marketing_consent = false
     WHERE id = ANY(:members)
    """
)


def _deletion(table: str) -> TextClause:
    return text(f"DELETE FROM {table} WHERE member_id = ANY(:members)")


# What is nothing but about the person.
DELETED: Final = tuple(
    _deletion(table) for table, fate in FATES.items() if fate.erasure == "deleted" and fate.key == "member_id"
)
