"""Who is behind a token: one statement each, read on every request. Leans on uq_member_session_token_hash and
uq_staff_session_token_hash; the state of the person and the store is read with it, so that a change acts at once."""

from typing import Final

from sqlalchemy import and_, bindparam, or_, select, text

from app.models import Staff, StaffSession, StaffStore, Store

FIND_MEMBER_SESSION: Final = text(
    """
    SELECT member.id, member.public_id, session.id AS session_id, session.openid
      FROM member_session AS session JOIN member ON member.id = session.member_id
     WHERE session.token_hash = :token_hash AND session.revoked_at IS NULL AND session.expires_at > :now
       AND member.status = 'active'
    """
)

# A session bound to a store is good only while the store is open and the person still belongs to it.
FIND_STAFF_SESSION = (
    select(
        Staff.id,
        Staff.public_id,
        Staff.role,
        StaffSession.store_id,
        StaffSession.id.label("session_id"),
        Staff.display_name,
    )
    .join(Staff, Staff.id == StaffSession.staff_id)
    .outerjoin(
        StaffStore, and_(StaffStore.staff_id == StaffSession.staff_id, StaffStore.store_id == StaffSession.store_id)
    )
    .outerjoin(Store, and_(Store.id == StaffStore.store_id, Store.is_active))
    .where(
        StaffSession.token_hash == bindparam("token_hash"),
        StaffSession.revoked_at.is_(None),
        StaffSession.expires_at > bindparam("now"),
        Staff.is_active,
        or_(StaffSession.store_id.is_(None), Store.id.is_not(None)),
    )
)
