"""The usual scan in one round trip. Leans on uq_counter_visit_member_id_code_step: no row when the step is consumed already.

What it tells is what statements/visits.CARD and services/wallet.list_usable tell: a test compares them.
"""

from typing import Final

from sqlalchemy import text

from app.statements.wallet import HELD

# One row for each coupon, one without a coupon when there is none; every row repeats the visit and the card.
SCAN: Final = text(
    f"""
    WITH turn AS MATERIALIZED (
        SELECT n FROM attempt_counter WHERE key = :turn_key AND window_start = :turn_window FOR NO KEY UPDATE
    ), opened AS (
        INSERT INTO counter_visit (public_id, member_id, code_step, store_id, staff_id, opened_at, expires_at)
        SELECT :public_id, :member_id, :code_step, :store_id, :staff_id, :now, :expires_at
         WHERE NOT EXISTS (SELECT FROM turn WHERE n >= :tries)
        ON CONFLICT (member_id, code_step) DO NOTHING
        RETURNING id
    )
    SELECT opened.id AS visit_id, p.zone, p.cut_over_hour,
           m.public_id AS member_public_id, m.nickname, m.phone_masked, m.birth_month, m.birth_day, m.joined_at,
           (SELECT coalesce(sum(l.remaining), 0)::bigint FROM points_lot l
             WHERE l.member_id = m.id AND l.remaining > 0 AND (l.expires_at IS NULL OR l.expires_at > :now)) AS points,
           tier.code AS tier_code, tier.name AS tier_name, tier.name_en AS tier_name_en, tier.colour AS tier_colour,
           tier.emblem AS tier_emblem, EXISTS (SELECT FROM member_note n WHERE n.member_id = m.id) AS has_notes, usable.*
      FROM opened
      JOIN programme p ON p.id = 1
      JOIN member m ON m.id = :member_id
      JOIN member_account a ON a.member_id = m.id
      JOIN tier ON tier.id = a.tier_id
      LEFT JOIN LATERAL (
           {HELD}
            WHERE c.member_id = :member_id AND c.status = 'active' AND c.expires_at > :now AND c.usable_from <= :now
              AND (t.terms -> 'stores' IS NULL OR t.terms -> 'stores' ? (SELECT code FROM store WHERE id = :store_id))
            ORDER BY c.expires_at, c.id LIMIT :limit) AS usable ON true
     ORDER BY usable.expires_at, usable.id
    """  # noqa: S608  (fixed text)
)
