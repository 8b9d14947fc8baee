"""A member came by the link in a message. Leans on uq_delivery_link_code; the first opening counts."""

from typing import Final

from sqlalchemy import text

# Only the member it was sent to, or who that member became by a merge: a row whose twin was in the way stays with the merged
# one. Whoever opens a message of which nobody knew whether it arrived has settled that: it did. A message that is planned
# again after an earlier try keeps its code, and its earlier copy does not count until it is sent.
OPEN: Final = text(
    """
UPDATE delivery d
   SET opened_at = coalesce(d.opened_at, :now),
       state = CASE d.state WHEN 'in_doubt' THEN 'sent' ELSE d.state END,
       reason = CASE d.state WHEN 'in_doubt' THEN 'opened' ELSE d.reason END,
       finished_at = CASE d.state WHEN 'in_doubt' THEN :now ELSE d.finished_at END
 WHERE d.link_code = :code AND d.state IN ('dispatching', 'sent', 'in_doubt')
   AND (d.opened_at IS NULL OR d.state = 'in_doubt')
   AND (d.member_id = :member_id
        OR EXISTS (SELECT FROM member_merge g WHERE g.merged_id = d.member_id AND g.kept_id = :member_id))
RETURNING d.campaign_id
"""
)
