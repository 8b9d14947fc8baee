"""The partner door's two statements on every request: whose key, and a nonce used once.

They lean on `uq_partner_key_key_id` and `pk_partner_nonce`.
"""

from typing import Final

from sqlalchemy import text

# The state of key and store is read with it, so that a revocation acts on the next request.
FIND_KEY: Final = text(
    "SELECT k.id, k.key_id, k.channel, k.store_id, k.secret_cipher FROM partner_key k"
    " LEFT JOIN store s ON s.id = k.store_id"
    " WHERE k.key_id = :key_id AND k.revoked_at IS NULL AND (k.store_id IS NULL OR s.is_active)"
)

# Of any number of twins exactly one inserts; the others wait for it and get nothing.
USE_NONCE: Final = text(
    "INSERT INTO partner_nonce (partner_key_id, nonce, used_at) VALUES (:key, :nonce, :now)"
    " ON CONFLICT (partner_key_id, nonce) DO NOTHING RETURNING 1"
)

# A channel's software is nobody's own membership: unlike at a counter, nobody is barred.
FIND_HOLDER: Final = text(
    "SELECT id AS member_id, code_secret_cipher AS cipher FROM member WHERE code_number = :number AND status = 'active'"
)

# The same unique step as a counter's scan (uq_counter_visit_member_id_code_step); used up at once.
USE_CODE: Final = text(
    "INSERT INTO counter_visit (public_id, member_id, code_step, store_id, partner_key_id, opened_at, expires_at, used_at)"
    " VALUES (:public_id, :member_id, :code_step, :store_id, :partner_key_id, :now, :now + interval '1 second', :now)"
    " ON CONFLICT (member_id, code_step) DO NOTHING RETURNING 1"
)

# A hold is the channel's that made it: its source begins with the channel's name.
FIND_HOLD: Final = text(
    "SELECT h.public_id, h.amount, h.state, h.expires_at, e.amount AS captured FROM points_hold h"
    " LEFT JOIN points_entry e ON e.member_id = h.member_id AND e.id = h.entry_id"
    " WHERE h.public_id = :public_id AND starts_with(h.source, :prefix)"
)
