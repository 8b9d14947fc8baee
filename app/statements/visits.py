"""The counter visit, leaning on uq_member_code_number, uq_counter_visit_member_id_code_step and
uq_counter_visit_public_id."""

from typing import Final

from sqlalchemy import text

# Whom a code number names, with what proving it needs, and whether the asking clerk is that very person.
FIND_HOLDER: Final = text(
    "SELECT m.id AS member_id, m.code_secret_cipher AS cipher, EXISTS (SELECT 1 FROM staff s"
    " JOIN member o ON o.id = s.member_id WHERE s.id = :staff_id AND coalesce(o.merged_into_id, o.id) = m.id) AS is_own"
    " FROM member m WHERE m.code_number = :number AND m.status = 'active'"
)

# The same for whoever holds a session: asked in the very round trip that finds out who that is.
FIND_HOLDER_FOR: Final = text(
    "SELECT m.id AS member_id, m.code_secret_cipher AS cipher, EXISTS (SELECT 1 FROM staff_session x"
    " JOIN staff s ON s.id = x.staff_id JOIN member o ON o.id = s.member_id"
    " WHERE x.token_hash = :token_hash AND coalesce(o.merged_into_id, o.id) = m.id) AS is_own"
    " FROM member m WHERE m.code_number = :number AND m.status = 'active'"
)

# The unique step decides who opens the visit; the loser's conflict is answered by FIND_OPENED.
OPEN: Final = text(
    "INSERT INTO counter_visit (public_id, member_id, code_step, store_id, staff_id, opened_at, expires_at)"
    " VALUES (:public_id, :member_id, :code_step, :store_id, :staff_id, :now, :expires_at)"
    " ON CONFLICT (member_id, code_step) DO NOTHING RETURNING id"
)
FIND_OPENED: Final = text(
    "SELECT id, public_id, expires_at FROM counter_visit WHERE member_id = :member_id AND code_step = :code_step"
    " AND staff_id = :staff_id AND store_id = :store_id AND used_at IS NULL AND expires_at > :now"
)

# Only the visit tells the member. Their account is taken before the visit: the order every value write and a merge use.
LOCK_VISITOR: Final = text(
    "SELECT a.member_id FROM counter_visit v JOIN member_account a ON a.member_id = v.member_id"
    " WHERE v.public_id = :public_id FOR UPDATE OF a"
)
# The same for whoever holds a session, for no visit but their own, and only while nobody else holds the account.
LOCK_VISITOR_FOR: Final = text(
    "SELECT a.member_id FROM counter_visit v JOIN member_account a ON a.member_id = v.member_id"
    " JOIN staff_session x ON x.staff_id = v.staff_id AND x.store_id = v.store_id"
    " WHERE v.public_id = :public_id AND x.token_hash = :token_hash AND x.revoked_at IS NULL AND x.expires_at > :now"
    " FOR UPDATE OF a NOWAIT"
)
# One conditional update is the whole rule: of any number of parallel uses exactly one gets the row. A member merged since
# the scan answers as the one who stays.
USE: Final = text(
    "UPDATE counter_visit v SET used_at = :now FROM member m WHERE m.id = v.member_id AND v.public_id = :public_id"
    " AND v.staff_id = :staff_id AND v.store_id = :store_id AND v.used_at IS NULL AND v.expires_at > :now"
    " RETURNING v.id, v.public_id, coalesce(m.merged_into_id, m.id) AS member_id, v.store_id, v.staff_id, v.opened_at"
)
# As USE, without using it.
OPEN_VISIT: Final = text(
    "SELECT v.id, v.public_id, coalesce(m.merged_into_id, m.id) AS member_id, v.store_id, v.staff_id, v.expires_at"
    " FROM counter_visit v JOIN member m ON m.id = v.member_id WHERE v.public_id = :public_id"
    " AND v.staff_id = :staff_id AND v.store_id = :store_id AND v.used_at IS NULL AND v.expires_at > :now"
)
EXISTS: Final = text(
    "SELECT 1 FROM counter_visit WHERE public_id = :public_id AND staff_id = :staff_id AND store_id = :store_id"
)

# The masked card: identity, balance of lots still valid, rung of the ladder.
CARD: Final = text(
    "SELECT m.public_id AS member_public_id, m.nickname, m.phone_masked, m.birth_month, m.birth_day, m.joined_at,"
    " (SELECT coalesce(sum(l.remaining), 0) FROM points_lot l WHERE l.member_id = m.id AND l.remaining > 0"
    " AND (l.expires_at IS NULL OR l.expires_at > :now)) AS points,"
    " t.code AS tier_code, t.name AS tier_name, t.name_en AS tier_name_en, t.colour AS tier_colour,"
    " t.emblem AS tier_emblem, EXISTS (SELECT FROM member_note n WHERE n.member_id = m.id) AS has_notes"
    " FROM member m JOIN member_account a ON a.member_id = m.id JOIN tier t ON t.id = a.tier_id WHERE m.id = :member_id"
)
