"""Facts about members and the badges they lead to. Leans on pk_member_badge (awarded once) and pk_member_event (told once).

Each fact is a scalar over one member; a badge nobody asks about costs nothing, since a scalar runs when it is first needed.
"""

from typing import Final

from sqlalchemy import text

# `{m}` is the member's key. A refunded bill no longer counts; a badge once given stays.
_FACTS: Final = {
    "purchases": "(SELECT count(*) FROM purchase WHERE member_id = {m} AND status = 'paid')",
    "spent_fen": (
        "(SELECT coalesce(sum(bill_fen - discount_fen - refunded_fen), 0)::bigint FROM purchase"
        " WHERE member_id = {m} AND status = 'paid')"
    ),
    "categories": (
        "(SELECT count(DISTINCT line.category) FROM purchase JOIN purchase_line AS line ON line.purchase_id = purchase.id"
        " WHERE purchase.member_id = {m} AND status = 'paid' AND line.category <> '')"
    ),
    "streak": "(SELECT coalesce(max(streak), 0) FROM check_in WHERE member_id = {m})",
    "check_ins": "(SELECT count(*) FROM check_in WHERE member_id = {m})",
    # Whole months by the shop's calendar; the month of the 31st is over on the last day of a shorter one.
    "member_months": (
        "(SELECT months - (since.joined_on + make_interval(months => months) > CAST(:business_date AS date))::integer"
        " FROM (SELECT ((joined_at AT TIME ZONE :zone) - make_interval(hours => :cut_over_hour))::date AS joined_on"
        " FROM member WHERE id = {m}) AS since,"
        " LATERAL (SELECT ((extract(year FROM CAST(:business_date AS date)) - extract(year FROM since.joined_on)) * 12"
        " + extract(month FROM CAST(:business_date AS date)) - extract(month FROM since.joined_on))::integer AS months)"
        " AS apart)"
    ),
}


def _value(fact: str, *, member: str) -> str:
    cases = " ".join(f"WHEN '{name}' THEN {value.format(m=member)}" for name, value in _FACTS.items())
    return f"CASE {fact} {cases} END"


_TELL = """
    INSERT INTO member_event (member_id, kind, occurrence, details, business_date, occurred_at)
    SELECT member_id, 'badge_awarded', code,
           jsonb_build_object('badge', code, 'fact', fact, 'target', target), :business_date, :now
      FROM awarded JOIN badge ON badge.id = awarded.badge_id
    ON CONFLICT DO NOTHING
"""

# One member, the badges whose facts may just have changed. What they already have is left out before anything is counted.
AWARD: Final = text(
    f"""
    WITH wanted AS MATERIALIZED (
        SELECT id, fact, target FROM badge
         WHERE is_active AND fact = ANY(:facts)
           AND NOT EXISTS (SELECT FROM member_badge WHERE member_id = :member_id AND badge_id = badge.id)
    ), awarded AS (
        INSERT INTO member_badge (member_id, badge_id, awarded_at)
        SELECT :member_id, id, :now FROM wanted WHERE target <= {_value("fact", member=":member_id")}
        ON CONFLICT DO NOTHING
        RETURNING member_id, badge_id
    ), told AS ({_TELL})
    SELECT badge.code FROM awarded JOIN badge ON badge.id = awarded.badge_id ORDER BY badge.id
    """  # noqa: S608
)

# Every badge in use, what the member has of it, and since when; badges no longer given out stay with those who have them.
PROGRESS: Final = text(
    f"""
    SELECT badge.code, badge.name, badge.name_en, badge.emblem, badge.fact, badge.target, had.awarded_at,
           {_value("badge.fact", member=":member_id")} AS current
      FROM badge LEFT JOIN member_badge AS had ON had.member_id = :member_id AND had.badge_id = badge.id
     WHERE badge.is_active OR had.awarded_at IS NOT NULL
     ORDER BY array_position(ARRAY['purchases', 'spent_fen', 'categories', 'streak', 'check_ins', 'member_months'],
                             badge.fact), badge.target
    """  # noqa: S608
)

# The next badge whose members have not all been looked at since it was made; two schedulers take turns.
NEXT_TO_SETTLE: Final = text(
    """
    SELECT id, fact, target, settling_after_id FROM badge
     WHERE is_active AND settling_after_id IS NOT NULL
     ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    """
)


def _settle(fact: str) -> str:
    value = _FACTS[fact].format(m="chunk.id")
    return f"""
    WITH chunk AS MATERIALIZED (
        SELECT id, status FROM member WHERE id > :after_id ORDER BY id LIMIT :limit
    ), awarded AS (
        INSERT INTO member_badge (member_id, badge_id, awarded_at)
        SELECT chunk.id, :badge_id, :now FROM chunk WHERE chunk.status = 'active' AND :target <= {value}
        ON CONFLICT DO NOTHING
        RETURNING member_id, badge_id
    ), told AS ({_TELL}), moved AS (
        UPDATE badge
           SET settling_after_id = (SELECT CASE WHEN count(*) = :limit THEN max(id) END FROM chunk)
         WHERE id = :badge_id
    )
    SELECT (SELECT count(*) FROM chunk) AS looked_at, (SELECT count(*) FROM awarded) AS awarded
    """  # noqa: S608


# A chunk of members, in the order of their keys, for one badge.
SETTLE: Final = {fact: text(_settle(fact)) for fact in _FACTS}

MONTHS_TO_LOOK_AT: Final = text(
    """
    SELECT id, target, months_through FROM badge
     WHERE is_active AND fact = 'member_months' AND months_through < :today
     ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    """
)

# Members whose month came round since the last look: `[joined_from, joined_until)` holds their joining instants.
AWARD_MONTHS: Final = text(
    f"""
    WITH awarded AS (
        INSERT INTO member_badge (member_id, badge_id, awarded_at)
        SELECT id, :badge_id, :now FROM member
         WHERE status = 'active' AND joined_at >= :joined_from AND joined_at < :joined_until
        ON CONFLICT DO NOTHING
        RETURNING member_id, badge_id
    ), told AS ({_TELL}), moved AS (
        UPDATE badge SET months_through = :today WHERE id = :badge_id
    )
    SELECT count(*) FROM awarded
    """  # noqa: S608
)
