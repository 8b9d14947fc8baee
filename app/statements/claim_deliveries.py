"""Taking work: due deliveries of one running campaign, each leased to one worker under a token.

Served by ix_delivery_due. SKIP LOCKED keeps workers from waiting for each other; the token fences off whoever lost a lease.
A limit below a join is taken once for every row beside it when the planner loops: what is limited is materialized first
(tests/incidents/test_limit_below_a_join.py).
"""

from typing import Final

from sqlalchemy import text

_DUE: Final = """
    d.campaign_id = c.id AND d.state IN ('planned', 'claimed') AND d.due_at <= :now
    AND (d.state = 'planned' OR d.lease_until <= :now)
"""
_LIVE: Final = "c.state = 'running' AND (c.hold_until IS NULL OR c.hold_until <= :now)"
_BREAKS: Final = (
    "((b.scope = 'account' AND b.key = :account)"
    " OR (b.scope = 'template' AND b.key = CAST(c.message_template_id AS text)))"
)
# Nothing holds the account; asked once for a statement, not for each row.
_NOT_HELD: Final = "NOT EXISTS (SELECT FROM channel_pace p WHERE p.account = :account AND p.held_until > :now)"
# No breaker of the template or the account is open; only who won the probe may pass.
_NOT_OPEN: Final = f"(:is_probe OR NOT EXISTS (SELECT FROM send_breaker b WHERE b.state <> 'closed' AND {_BREAKS}))"
# As before, but when a probe is due somebody should come and ask for it.
_NOT_STUCK: Final = (
    f"NOT EXISTS (SELECT FROM send_breaker b WHERE b.state <> 'closed' AND b.probe_at > :now AND {_BREAKS})"
)

CLAIM: Final = text(
    f"""
WITH due AS MATERIALIZED (
    SELECT d.campaign_id, d.occurrence, d.member_id, EXISTS (SELECT FROM send_breaker b WHERE {_BREAKS}) AS after_trouble
    FROM campaign c JOIN delivery d ON {_DUE}
    WHERE c.id = :campaign_id AND {_LIVE} AND {_NOT_HELD} AND {_NOT_OPEN}
    ORDER BY d.due_at, d.member_id
    LIMIT :limit
    FOR UPDATE OF d SKIP LOCKED
)
UPDATE delivery SET state = 'claimed', claim_token = :token, lease_until = :lease_until
FROM due
WHERE delivery.campaign_id = due.campaign_id AND delivery.occurrence = due.occurrence
  AND delivery.member_id = due.member_id
RETURNING delivery.occurrence, delivery.member_id, delivery.channel, due.after_trouble
"""  # noqa: S608  (fixed text)
)

# Campaigns with something to send now: one probe of ix_delivery_due each. The order is what makes the planner probe it
# instead of reading the table, whatever the statistics say.
WAITING: Final = text(
    f"""
SELECT c.id, c.priority FROM campaign c
CROSS JOIN LATERAL (SELECT FROM delivery d WHERE {_DUE} ORDER BY d.due_at LIMIT 1) due
WHERE {_LIVE} AND {_NOT_HELD} AND {_NOT_STUCK}
ORDER BY c.id
"""  # noqa: S608
)

# A lease given back untouched: the campaign paused, the worker stops or the limiter's wait is too long.
RELEASE: Final = text(
    """
UPDATE delivery SET state = 'planned', claim_token = NULL, lease_until = NULL
WHERE campaign_id = :campaign_id AND claim_token = :token AND state = 'claimed'
RETURNING member_id
"""
)
