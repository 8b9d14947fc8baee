"""Members by their phone, masked: by the four digits its mask shows (ix_member_phone_tail), or by the keyed index of all of it
(uq_member_phone_index). Only an active member holds a phone."""

from typing import Final

from sqlalchemy import text

_CANDIDATE: Final = (
    "SELECT m.public_id, m.nickname, m.phone_masked, m.joined_at, t.code AS tier_code, t.name AS tier_name,"
    " t.name_en AS tier_name_en, t.colour AS tier_colour, t.emblem AS tier_emblem"
    " FROM member m JOIN member_account a ON a.member_id = m.id JOIN tier t ON t.id = a.tier_id"
)
BY_TAIL: Final = text(
    f"{_CANDIDATE} WHERE m.phone_masked IS NOT NULL AND right(m.phone_masked, 4) = :tail ORDER BY m.id DESC LIMIT :limit"
)
BY_INDEX: Final = text(f"{_CANDIDATE} WHERE m.phone_index = :phone_index LIMIT :limit")
