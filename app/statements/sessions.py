"""Who is behind a token: one statement each, read on every request. Leans on uq_member_session_token_hash and
uq_staff_session_token_hash; the state of the person and the store is read with it, so that a change acts at once."""

from typing import Final

from sqlalchemy import text

from app.statements import idempotency

_MEMBER: Final = """
    SELECT member.id, member.public_id, session.id AS session_id, session.openid{look}
      FROM member_session AS session JOIN member ON member.id = session.member_id {stored}
     WHERE session.token_hash = :token_hash AND session.revoked_at IS NULL AND session.expires_at > :now
       AND member.status = 'active'
"""

# A session bound to a store is good only while the store is open and the person still belongs to it.
_STAFF: Final = """
    SELECT staff.id, staff.public_id, staff.role, session.store_id, session.id AS session_id, staff.display_name,
           session.must_set_up{look}
      FROM staff_session AS session JOIN staff ON staff.id = session.staff_id {stored}
     WHERE session.token_hash = :token_hash AND session.revoked_at IS NULL AND session.expires_at > :now
       AND staff.is_active
       AND (session.store_id IS NULL OR EXISTS (
            SELECT FROM staff_store JOIN store ON store.id = staff_store.store_id AND store.is_active
             WHERE staff_store.staff_id = session.staff_id AND staff_store.store_id = session.store_id))
"""


def _with_key(statement: str, principal: str) -> str:
    look, stored = (part.format(principal=principal) for part in (idempotency.LOOK, idempotency.STORED))
    return statement.format(look=f", {look}", stored=stored)


FIND_MEMBER_SESSION: Final = text(_MEMBER.format(look="", stored=""))
FIND_STAFF_SESSION: Final = text(_STAFF.format(look="", stored=""))

# The same, and the request's idempotency key is taken and looked up for whoever it turns out to be.
FIND_MEMBER_SESSION_AND_KEY: Final = text(_with_key(_MEMBER, "('member:' || member.id)"))
FIND_STAFF_SESSION_AND_KEY: Final = text(_with_key(_STAFF, "('staff:' || staff.id)"))
