"""Who is behind a token: one statement each, read on every request. Leans on uq_member_session_token_hash and
uq_staff_session_token_hash; the state of the person and the store is read with it, so that a change acts at once."""

from sqlalchemy import and_, bindparam, or_, select

from app.models import Member, MemberSession, Staff, StaffSession, StaffStore, Store

FIND_MEMBER_SESSION = (
    select(Member.id, Member.public_id, MemberSession.id.label("session_id"), MemberSession.openid)
    .join(Member, Member.id == MemberSession.member_id)
    .where(
        MemberSession.token_hash == bindparam("token_hash"),
        MemberSession.revoked_at.is_(None),
        MemberSession.expires_at > bindparam("now"),
        Member.status == "active",
    )
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
