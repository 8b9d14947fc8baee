"""Issue runs: who is next, and one chunk of them in one statement.

Two statements a chunk: the first takes the accounts in ascending order, the second begins after it, so its snapshot holds every
coupon those members have. It leans on what a claim leans on: `ck_coupon_bucket_issued_within_stock` (I6),
`ck_coupon_bucket_committed_within_budget` (I8), the slots with their CHECKs (I7), `uq_coupon_member_id_source` (I4).
"""

# ruff: noqa: S608  (the statements are our own constants)

from typing import Final

from sqlalchemy import TextClause, text

from app.statements.claim import VALID

# Only what the account itself says may be asked while it is locked: a row that joins it would be looked at as it was before.
_AUDIENCES: Final = {
    "everyone": "FROM member m JOIN member_account a ON a.member_id = m.id WHERE m.status = 'active'",
    "tiers": """
        FROM member m JOIN member_account a ON a.member_id = m.id
       WHERE m.status = 'active' AND a.tier_id = ANY (CAST(:tier_ids AS bigint[]))""",
    "member_list": """
        FROM member_list_entry e JOIN member m ON m.id = e.member_id JOIN member_account a ON a.member_id = m.id
       WHERE e.list_id = :member_list_id AND m.status = 'active'""",
}


def _next(audience: str, *, key: str = "m.id") -> TextClause:
    return text(
        f"SELECT a.member_id {audience} AND {key} > :after_id AND {key} <= :through_id"
        f" ORDER BY {key} LIMIT :limit FOR UPDATE OF a"
    )


# The next members of an audience, their accounts locked in ascending order.
NEXT: Final = {
    audience: _next(rows, key="e.member_id" if audience == "member_list" else "m.id")
    for audience, rows in _AUDIENCES.items()
}


def next_in_segment(condition: str) -> TextClause:
    """The same of a segment's members; `condition` as rules/segment_compiler.py makes it, asked before the account is locked."""
    return _next(_segment(condition))


def _segment(condition: str) -> str:
    return f"{_AUDIENCES['everyone']} AND {condition}"


LOCK: Final = text(
    "SELECT member_id FROM member_account WHERE member_id = ANY(:member_ids) ORDER BY member_id FOR UPDATE"
)

# Of `people` (member_id, public_id): their free slots, and the first reason that keeps one of them from a copy.
_JUDGED: Final = f"""
    batch AS MATERIALIZED (
        SELECT b.*, t.value_fen, t.uses, t.value_fen * t.uses AS worth_fen, valid.usable_from, valid.expires_at,
               b.how = 'issue' AND b.status = 'active' AND b.claim_starts_at <= :now AND :now < b.claim_ends_at
                   AND valid.expires_at > valid.usable_from AS is_open
          FROM coupon_batch b
          JOIN coupon_template t ON t.id = b.template_id
         CROSS JOIN LATERAL ({VALID}) valid
         WHERE b.id = :batch_id
    ), slots AS MATERIALIZED (
        SELECT people.member_id, people.public_id, m.status, tier.rank,
               (SELECT min(s) FROM generate_series(1, b.per_member_limit) s
                 WHERE NOT EXISTS (SELECT FROM coupon c
                                    WHERE c.batch_id = b.id AND c.member_id = m.id AND c.slot = s)) AS slot,
               CASE WHEN b.per_day_limit > 0 THEN
               (SELECT min(s) FROM generate_series(1, b.per_day_limit) s
                 WHERE NOT EXISTS (SELECT FROM coupon c
                                    WHERE c.batch_id = b.id AND c.member_id = m.id
                                      AND c.issued_on = :today AND c.day_slot = s)) END AS day_slot,
               CASE WHEN b.life_limit > 0 THEN
               (SELECT min(s) FROM generate_series(1, b.life_limit) s
                 WHERE NOT EXISTS (SELECT FROM coupon c
                                    WHERE c.family_id = b.family_id AND c.member_id = m.id AND c.life_slot = s))
               END AS life_slot,
               EXISTS (SELECT FROM coupon c WHERE c.member_id = m.id AND c.source = :source) AS has_it,
               b.member_list_id IS NULL
                   OR EXISTS (SELECT FROM member_list_entry e
                               WHERE e.list_id = b.member_list_id AND e.member_id = m.id) AS is_listed
          FROM people
          JOIN member m ON m.id = people.member_id
          JOIN member_account a ON a.member_id = m.id
          JOIN tier ON tier.id = a.tier_id
         CROSS JOIN batch b
    ), judged AS MATERIALIZED (
        SELECT slots.*,
               CASE WHEN slots.status <> 'active' THEN 'gone'
                    WHEN has_it THEN 'already_given'
                    WHEN slots.member_id = :own_member_id THEN 'own_membership'
                    WHEN slots.rank < b.min_tier_rank THEN 'tier'
                    WHEN NOT is_listed THEN 'not_listed'
                    WHEN slot IS NULL THEN 'limit'
                    WHEN b.life_limit > 0 AND life_slot IS NULL THEN 'life_limit'
                    WHEN b.per_day_limit > 0 AND day_slot IS NULL THEN 'day_limit' END AS reason
          FROM slots CROSS JOIN batch b
    )
"""

# Buckets are filled one after the other, members in ascending order, so whoever goes without comes after everybody who does
# not. With `:is_partial` they are counted as skipped; else nobody from the first of them on has had their turn.
GIVE: Final = text(
    f"""
    WITH people AS (
        SELECT * FROM unnest(CAST(:member_ids AS bigint[]), CAST(:public_ids AS uuid[])) AS one(member_id, public_id)
    ), {_JUDGED}, bucket AS MATERIALIZED (
        SELECT k.no, k.is_open, k.stock - k.issued AS left_over,
               least(k.stock - k.issued, (k.budget_fen - k.committed_fen) / b.worth_fen) AS room
          FROM coupon_bucket k JOIN batch b ON b.id = k.batch_id
         ORDER BY k.no
           FOR NO KEY UPDATE OF k
    ), rooms AS (
        SELECT no, room, sum(room) OVER (ORDER BY no) AS upto FROM bucket WHERE is_open AND (SELECT is_open FROM batch)
    ), turns AS (
        SELECT judged.*, row_number() OVER (PARTITION BY reason IS NULL ORDER BY member_id) AS nth FROM judged
    ), placed AS MATERIALIZED (
        SELECT turns.*, rooms.no AS bucket_no
          FROM turns
          LEFT JOIN rooms ON turns.reason IS NULL AND turns.nth > rooms.upto - rooms.room AND turns.nth <= rooms.upto
    ), without AS (
        SELECT min(member_id) AS first, count(*) AS n FROM placed WHERE reason IS NULL AND bucket_no IS NULL
    ), given AS (
        INSERT INTO coupon (member_id, public_id, batch_id, bucket_no, template_id, family_id, life_limit,
                            per_member_limit, per_day_limit, slot, day_slot, life_slot, issued_on, status, value_fen, uses,
                            source, issued_at, usable_from, expires_at, issue_run_id)
        SELECT placed.member_id, placed.public_id, b.id, placed.bucket_no, b.template_id, b.family_id, b.life_limit,
               b.per_member_limit, b.per_day_limit, placed.slot, placed.day_slot, placed.life_slot, :today, 'active',
               b.value_fen, b.uses, :source, :now, b.usable_from, b.expires_at, :issue_run_id
          FROM placed CROSS JOIN batch b
         WHERE placed.bucket_no IS NOT NULL
        RETURNING bucket_no
    ), counted AS (
        UPDATE coupon_bucket k
           SET issued = k.issued + filled.n, committed_fen = k.committed_fen + filled.n * b.worth_fen
          FROM (SELECT bucket_no, count(*)::integer AS n FROM given GROUP BY bucket_no) filled CROSS JOIN batch b
         WHERE k.batch_id = b.id AND k.no = filled.bucket_no
    )
    SELECT batch.is_open AND (SELECT bool_and(is_open) FROM bucket) AS is_open,
           (SELECT count(*) FROM given) AS given, without.first AS first_without, without.n AS without,
           (SELECT sum(left_over) FROM bucket) - (SELECT count(*) FROM given) AS stock_left,
           coalesce((SELECT jsonb_object_agg(reason, n)
                       FROM (SELECT reason, count(*) AS n FROM placed
                              WHERE reason IS NOT NULL
                                AND (:is_partial OR without.first IS NULL OR member_id < without.first)
                              GROUP BY reason) said), '{{}}'::jsonb) AS skipped
      FROM batch CROSS JOIN without
    """
)


def _preview(audience: str) -> TextClause:
    return text(
        f"WITH people AS (SELECT m.id AS member_id, NULL::uuid AS public_id {audience}), {_JUDGED}"
        " SELECT reason, count(*) AS members FROM judged GROUP BY reason"
    )


# As a run would judge everybody now: members by the reason that keeps them from a copy, NULL for those who would get one.
PREVIEW: Final = {audience: _preview(rows) for audience, rows in _AUDIENCES.items()}


def preview_of_segment(condition: str) -> TextClause:
    """The same of a segment's members."""
    return _preview(_segment(condition))


# A merge takes the list entry to a member whose turn may be over (the one who stays has the smaller key). Whoever of the two is
# still on the way is looked at once more at the end; `already_given` stops a second copy.
LATE: Final = text(
    """
    UPDATE issue_run r
       SET late_ids = array_append(r.late_ids, CAST(:kept AS bigint))
      FROM member_list_entry e
     WHERE e.member_id = :merged AND r.member_list_id = e.list_id AND r.state IN ('planned', 'running', 'paused')
       AND r.after_id < :merged
       AND NOT EXISTS (SELECT FROM member_list_entry k WHERE k.list_id = e.list_id AND k.member_id = :kept)
    """
)
