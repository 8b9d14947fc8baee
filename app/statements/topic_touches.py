"""A topic's rest: the last automatic message of a topic to a member, taken at dispatch in one conditional upsert.

Leans on pk_topic_touch: of two lanes one waits for the other's row and then finds the rest begun. Dates, not instants: what
comes every day at ten must not be a second too early."""

from typing import Final

from sqlalchemy import text

# Nothing comes back while the rest lasts.
TAKE: Final = text(
    """
INSERT INTO topic_touch AS t (member_id, topic, touched_on, campaign_id, occurrence)
VALUES (:member_id, :topic, :on, :campaign_id, :occurrence)
ON CONFLICT (member_id, topic) DO UPDATE
   SET touched_on = excluded.touched_on, campaign_id = excluded.campaign_id, occurrence = excluded.occurrence,
       previous_on = t.touched_on
 WHERE t.touched_on <= CAST(:on AS date) - CAST(:cool_off_days AS integer)
RETURNING 1
"""
)

# The message certainly was not taken: as it was before. A retry takes it anew.
GIVE_BACK: Final = text(
    """
WITH gone AS (
    DELETE FROM topic_touch
     WHERE member_id = :member_id AND topic = :topic AND campaign_id = :campaign_id AND occurrence = :occurrence
       AND previous_on IS NULL
)
UPDATE topic_touch SET touched_on = previous_on, previous_on = NULL
 WHERE member_id = :member_id AND topic = :topic AND campaign_id = :campaign_id AND occurrence = :occurrence
   AND previous_on IS NOT NULL
"""
)

# One person, one rest: the later of two.
MOVE: Final = text(
    """
WITH gone AS (DELETE FROM topic_touch WHERE member_id = :merged RETURNING topic, touched_on, previous_on, campaign_id, occurrence)
INSERT INTO topic_touch AS t (member_id, topic, touched_on, previous_on, campaign_id, occurrence)
SELECT :kept, topic, touched_on, previous_on, campaign_id, occurrence FROM gone ORDER BY topic
ON CONFLICT (member_id, topic) DO UPDATE
   SET touched_on = excluded.touched_on, previous_on = coalesce(excluded.previous_on, t.touched_on),
       campaign_id = excluded.campaign_id, occurrence = excluded.occurrence
 WHERE t.touched_on < excluded.touched_on
"""
)

# Whether what an automation speaks of is still so: a member who bought again has not lapsed, a bill may be given back.
HAS_BOUGHT: Final = text(
    """
SELECT EXISTS (SELECT FROM purchase
                WHERE member_id = :member_id AND status = 'paid' AND occurred_at >= :bought_until)
"""
)
IS_PAID: Final = text("SELECT EXISTS (SELECT FROM purchase WHERE public_id = CAST(:bill AS uuid) AND status = 'paid')")
