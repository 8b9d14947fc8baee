"""Taking coupons back, and giving them back: conditional updates on copies whose member's account is locked.

A copy promised to a visit is only marked: it is taken when the hold ends and it was not used. `ck_coupon_revoked_by_somebody`
keeps every revoked copy tied to what took it.
"""

# ruff: noqa: S608  (the statements are our own constants)

from typing import Final

from sqlalchemy import TextClause, text

_SCOPES: Final = {"batch": "c.batch_id = :batch_id", "run": "c.issue_run_id = :issue_run_id"}
_ALIVE: Final = "c.status = 'active' AND c.expires_at > :now"
_FREE: Final = "(c.held_until IS NULL OR c.held_until <= :now)"


def _of_scope(statement: str) -> dict[str, TextClause]:
    return {scope: text(statement.replace("{scope}", condition)) for scope, condition in _SCOPES.items()}


# What would happen now. Money is what the uses left could cost.
PREVIEW: Final = _of_scope(
    f"""
    SELECT count(*) FILTER (WHERE {_ALIVE}) AS active,
           count(*) FILTER (WHERE {_ALIVE} AND NOT {_FREE}) AS held,
           count(*) FILTER (WHERE {_ALIVE} AND c.expires_at <= :soon) AS expiring,
           count(*) FILTER (WHERE c.used > 0) AS used,
           count(*) FILTER (WHERE c.status = 'given') AS given,
           count(*) FILTER (WHERE c.status = 'revoked') AS revoked,
           count(*) FILTER (WHERE c.status = 'expired' OR c.status = 'active' AND c.expires_at <= :now) AS expired,
           coalesce(sum((c.uses - c.used) * c.value_fen) FILTER (WHERE {_ALIVE}), 0)::bigint AS money_fen
      FROM coupon c WHERE {{scope}}
    """
)

# Who has copies that this revocation has not met yet, from the cursor on.
NEXT: Final = _of_scope(
    f"""
    SELECT c.member_id FROM coupon c
     WHERE {{scope}} AND {_ALIVE} AND c.revocation_id IS DISTINCT FROM :id AND c.member_id > :after_id
     GROUP BY c.member_id ORDER BY c.member_id LIMIT :limit
    """
)

# Who has copies that were promised to a visit when they were met, and are not any more.
NEXT_WAITING: Final = text(
    f"""
    SELECT c.member_id FROM coupon c
     WHERE c.revocation_id = :id AND {_ALIVE} AND {_FREE}
     GROUP BY c.member_id ORDER BY c.member_id LIMIT :limit
    """
)
IS_WAITING: Final = text(f"SELECT EXISTS (SELECT FROM coupon c WHERE c.revocation_id = :id AND {_ALIVE})")

NEXT_TAKEN: Final = text(
    """
    SELECT c.member_id FROM coupon c WHERE c.revocation_id = :id AND c.status IN ('active', 'revoked')
     GROUP BY c.member_id ORDER BY c.member_id LIMIT :limit
    """
)

LOCK: Final = text(
    "SELECT member_id FROM member_account WHERE member_id = ANY(:member_ids) ORDER BY member_id FOR UPDATE"
)

# The accounts are locked: whatever a claim, a use, a gift or a merge did before is seen here, and none begins meanwhile.
_TAKE: Final = f"""
    UPDATE coupon c
       SET revocation_id = :id,
           status = CASE WHEN {_FREE} THEN 'revoked' ELSE c.status END,
           held_visit_id = CASE WHEN NOT {_FREE} THEN c.held_visit_id END,
           held_until = CASE WHEN NOT {_FREE} THEN c.held_until END
     WHERE c.member_id = ANY(:member_ids) AND {_ALIVE} AND
"""
TAKE: Final = _of_scope(f"{_TAKE} {{scope}} AND c.revocation_id IS DISTINCT FROM :id RETURNING c.status")
TAKE_WAITING: Final = text(f"{_TAKE} c.revocation_id = :id AND {_FREE} RETURNING c.status")
TAKE_ONE: Final = text(f"{_TAKE} c.id = :coupon_id AND {_FREE} RETURNING c.status")

# Back as it was; a copy whose time passed meanwhile comes back expired.
GIVE_BACK: Final = text(
    """
    WITH taken AS MATERIALIZED (
        SELECT member_id, id, status FROM coupon
         WHERE member_id = ANY(:member_ids) AND revocation_id = :id AND status IN ('active', 'revoked')
         ORDER BY member_id, id
           FOR UPDATE
    )
    UPDATE coupon c
       SET revocation_id = NULL,
           status = CASE WHEN taken.status = 'active' OR :now < c.expires_at THEN 'active' ELSE 'expired' END
      FROM taken
     WHERE c.member_id = taken.member_id AND c.id = taken.id
    RETURNING taken.status
    """
)
