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
