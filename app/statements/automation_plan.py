"""Writing a page of an automation down: everybody with what will become of them and why, as audience.py does for broadcasts.

Leans on pk_delivery: planning somebody again adds nothing (I10), whoever else is planning. Tables are asked member by member,
for a page is a handful among millions.
"""

from functools import lru_cache

from sqlalchemy import TextClause, text

from app.statements import audience
from app.statements.audience import Asked


@lru_cache(maxsize=64)
def insertion(asked: Asked) -> TextClause:
    """Parallel arrays of members, occurrences and instants; each row it returns is one more delivery."""
    # OFFSET 0: as in audience.py. In one order, so that two planners of one page wait and never stand in a ring.
    return text(f"""
INSERT INTO delivery (campaign_id, occurrence, member_id, state, reason, variant, openid, message_template_id, due_at,
                      expires_at, benefit, attempts, awaiting_event, finished_at)
SELECT :campaign_id, r.occurrence, r.id,
       CASE WHEN r.reason IS NULL THEN 'planned' WHEN r.is_held THEN 'holdout' ELSE 'suppressed' END,
       r.reason, CASE WHEN NOT r.is_held THEN r.variant END, r.openid, :message_template_id, r.due_at, r.expires_at,
       {"CASE WHEN NOT r.is_held THEN 'due' END" if asked.has_benefit else "NULL"}, 0, false,
       CASE WHEN r.reason IS NOT NULL THEN CAST(:now AS timestamptz) END
  FROM (
    SELECT m.id, source.occurrence, source.due_at, source.expires_at, i.value AS openid,
           {audience.held(asked)} AS is_held, CASE {audience.reasons(asked)} END AS reason,
           {audience.variant(asked)} AS variant
      FROM unnest(CAST(:member_ids AS bigint[]), CAST(:occurrences AS text[]), CAST(:due_ats AS timestamptz[]),
                  CAST(:expiries AS timestamptz[])) AS source (member_id, occurrence, due_at, expires_at)
      {_joins(asked)}
     WHERE {asked.segment}
    OFFSET 0
  ) r
 ORDER BY r.id, r.occurrence
ON CONFLICT (campaign_id, occurrence, member_id) DO NOTHING
RETURNING member_id, state
""")  # noqa: S608  (our own fragments; values are bound)


@lru_cache(maxsize=64)
def tally(asked: Asked, source: str) -> TextClause:
    """Counted instead of written: a source's members by date and by what would stand in the way."""
    return text(f"""
SELECT r.due_on, r.reason, count(*) AS members
  FROM (SELECT source.due_on, CASE {audience.reasons(asked)} END AS reason
          FROM ({source}) source
          {_joins(asked)}
         WHERE {asked.segment}
        OFFSET 0) r
 GROUP BY r.due_on, r.reason
 ORDER BY r.due_on, r.reason
""")  # noqa: S608  (our own fragments; values are bound)


def _joins(asked: Asked) -> str:
    # `|| ''`: as in audience.py. LIMIT keeps each a probe by the member.
    joins = [
        "JOIN member m ON m.id = source.member_id AND m.status = 'active'",
        "LEFT JOIN LATERAL (SELECT value FROM member_identity WHERE member_id = m.id AND kind || '' = 'openid'"
        " AND app_id || '' = :app_id ORDER BY id DESC LIMIT 1) i ON true",
        "LEFT JOIN LATERAL (SELECT m.id AS member_id FROM message_preference p WHERE p.member_id = m.id AND p.topic = :topic"
        " AND p.channel = ANY (CAST(:channels AS text[])) AND NOT p.is_on"
        " HAVING count(*) = cardinality(CAST(:channels AS text[]))) off ON true",
    ]
    if asked.is_subscribe_only:
        joins.append(
            "LEFT JOIN LATERAL (SELECT member_id FROM subscription_grant WHERE member_id = m.id"
            " AND message_template_id = :message_template_id AND remaining > 0 LIMIT 1) g ON true"
        )
    if asked.has_tiers:
        joins.append("JOIN member_account a ON a.member_id = m.id AND a.tier_id = ANY (CAST(:tier_ids AS bigint[]))")
    if asked.has_list:
        joins.append("JOIN member_list_entry e ON e.list_id = :member_list_id AND e.member_id = m.id")
    return "\n      ".join(joins)
